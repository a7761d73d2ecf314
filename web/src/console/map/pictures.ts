/** Small pictures for the canvas, each fetched once; `onNews` is called when another one has come. */
export class Pictures {
  private readonly found = new Map<string, HTMLImageElement | null>();
  private waiting: string[] = [];
  private loading = 0;

  constructor(private readonly onNews: () => void) {}

  /** The picture if it is there; else it is fetched, a few at a time. */
  get(id: string): HTMLImageElement | null {
    const found = this.found.get(id);
    if (found === undefined && !this.waiting.includes(id)) {
      this.waiting.push(id);
      this.fetchMore();
    }
    return found ?? null;
  }

  /** What has not begun is no longer wanted, for the view has moved on. */
  forgetWaiting(): void {
    this.waiting = [];
  }

  private fetchMore(): void {
    while (this.loading < AT_ONCE) {
      const id = this.waiting.shift();
      if (id === undefined) return;
      this.loading += 1;
      this.found.set(id, null);
      const image = new Image();
      image.onload = () => this.done(id, image);
      image.onerror = () => this.done(id, null);
      image.src = `/api/v1/images/${encodeURIComponent(id)}?size=96`;
    }
  }

  private done(id: string, image: HTMLImageElement | null): void {
    this.loading -= 1;
    this.found.set(id, image);
    if (image) this.onNews();
    this.fetchMore();
  }
}

const AT_ONCE = 6;
