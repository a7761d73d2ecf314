"""The HTTP server: what stands before every request, the routes, and what a worker holds."""
