"""Presets turn other shops' files into the contract's tables; real data sets give the figures of their protocol."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parure.ingest import Tables, ingest, preset_names

DATA = Path(os.environ.get("PARURE_DATA", Path(__file__).parents[4] / "shared" / "data"))


def rows(shop: Path, table: str, columns: str, order: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        Tables(shop).connection_views(con)
        return con.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()


def reasons(result: Any, table: str) -> dict[str, int]:
    return {code: count for report in result.of(table) for code, count in report.reasons.items()}


def assert_accounted(result: Any) -> None:
    for report in result.files:
        assert report.rows_in == report.rows_accepted + report.rows_quarantined
        assert sum(report.reasons.values()) == report.rows_quarantined
        assert "None" not in report.reasons


def data(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; set PARURE_DATA to the folder of the data sets")
    return folder


def test_all_presets_of_the_map_are_shipped():
    wanted = {"h_and_m", "google_feed", "retail_tickets", "uci_online_retail", "movielens", "complete_journey"}
    assert wanted <= set(preset_names())


# -- H&M --------------------------------------------------------------------------------------------------------------

ARTICLES = """article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,graphical_appearance_name,colour_group_name,department_name,index_name,index_group_name,section_name,garment_group_name,detail_desc
0108775015,0108775,Strap top,253,Vest top,Garment Upper body,Solid,Black,Jersey Basic,Ladieswear,Ladieswear,Womens Everyday Basics,Jersey Basic,"Jersey top, narrow straps."
0108775044,0108775,Strap top,253,Vest top,Garment Upper body,Solid,White,Jersey Basic,Ladieswear,Ladieswear,Womens Everyday Basics,Jersey Basic,
0110065001,0110065,OP T-shirt,306,Bra,Underwear,Solid,Black,Clean Lingerie,Lingeries/Tights,Menswear,Womens Lingerie,"Under-, Nightwear",Bra
"""  # noqa: E501 - as the files are
HM_CUSTOMERS = """customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code
aa,1.0,1.0,ACTIVE,Regularly,24.0,p1
bb,,,ACTIVE,NONE,,p2
cc,,,PRE-CREATE,,57.0,p3
"""
TRANSACTIONS = """t_dat,customer_id,article_id,price,sales_channel_id
2018-09-20,aa,0108775015,0.050830508474576264,2
2018-09-20,aa,0108775015,0.050830508474576264,2
2018-09-20,aa,0110065001,0.016949152542372881,1
2018-09-22,bb,0110065001,0.016949152542372881,2
"""


@pytest.fixture
def h_and_m(tmp_path):
    folder = tmp_path / "hm"
    folder.mkdir()
    (folder / "articles.csv").write_text(ARTICLES)
    (folder / "customers.csv").write_text(HM_CUSTOMERS)
    (folder / "transactions_train.csv").write_text(TRANSACTIONS)
    return folder


def test_h_and_m_articles_keep_their_zeros_and_find_picture_and_price(tmp_path, h_and_m):
    result = ingest(tmp_path / "shop", [h_and_m], preset="h_and_m")
    assert_accounted(result)
    found = rows(tmp_path / "shop", "products", "product_id, price_cents, image_url, gender, category", "product_id")
    assert found == [
        ("0108775015", 2999, "images/010/0108775015.jpg", "female", "Garment Upper body"),
        ("0108775044", 2999, "images/010/0108775044.jpg", "female", "Garment Upper body"),
        ("0110065001", 1000, "images/011/0110065001.jpg", "male", "Underwear"),
    ]


def test_h_and_m_orders_are_a_customers_day_in_one_channel(tmp_path, h_and_m):
    ingest(tmp_path / "shop", [h_and_m], preset="h_and_m")
    orders = rows(tmp_path / "shop", "orders", "customer_id, total_amount_cents, num_items", "order_id")
    assert orders == [("aa", 1000, 1), ("aa", 5998, 2), ("bb", 1000, 1)]
    assert rows(
        tmp_path / "shop", "order_items", "count(*), sum(unit_price_cents), count(DISTINCT order_item_id)", "1"
    ) == [(4, 7998, 4)]


def test_h_and_m_customers_get_days_age_and_consent(tmp_path, h_and_m):
    ingest(tmp_path / "shop", [h_and_m], preset="h_and_m")
    found = rows(tmp_path / "shop", "customers", "customer_id, age, marketing_consent, last_active_date::VARCHAR", "1")
    assert found == [
        ("aa", 24, True, "2018-09-20"),
        ("bb", None, False, "2018-09-22"),
        ("cc", 57, None, "2018-09-20"),
    ]


# -- Google feed ------------------------------------------------------------------------------------------------------

GERMAN_FEED = (
    "id\tTitel\tBeschreibung\tProdukttyp\tPreis\tSonderangebotspreis\tVerfügbarkeit\tBildlink\tMarke\tFarbe\tGeschlecht\n"
    "R-001\tRing Äonen\tSilber, rhodiniert\tSchmuck > Ringe > Silberringe\t34,00 EUR\t29,90 EUR\tauf Lager\thttps://x/1.jpg\tParure\tSilber\tDamen\n"
    "K-002\tKette\tGold\tSchmuck > Ketten\t1.234,50 EUR\t\tnicht auf Lager\thttps://x/2.jpg\tParure\tGold\tUnisex\n"
    "K-003\tKette\tGold\tSchmuck > Ketten\tgratis\t\tauf Lager\thttps://x/3.jpg\tParure\tGold\tUnisex\n"
)
ENGLISH_FEED = (
    "id\ttitle\tdescription\tgoogle product category\tprice\tavailability\timage link\tbrand\n"
    "1\tRing\tSilver\tApparel & Accessories > Jewelry > Rings\t34.00 EUR\tin stock\thttps://x/1.jpg\tParure\n"
    "2\tBand\tGold\tApparel & Accessories > Jewelry\t1,234.50 EUR\tpreorder\thttps://x/2.jpg\tParure\n"
)


def test_a_german_feed_is_read_with_its_prices_and_stock(tmp_path):
    (tmp_path / "produktfeed.txt").write_text(GERMAN_FEED, encoding="utf-8")
    result = ingest(tmp_path / "shop", [tmp_path / "produktfeed.txt"], preset="google_feed")
    assert_accounted(result)
    assert reasons(result, "products") == {"bad_type": 1}
    columns = "product_id, title, price_cents, sale_price_cents, stock_status, category, subcategory, gender"
    assert rows(tmp_path / "shop", "products", columns, "1") == [
        ("K-002", "Kette", 123450, None, "out_of_stock", "Schmuck", "Ketten", "unisex"),
        ("R-001", "Ring Äonen", 3400, 2990, "in_stock", "Schmuck", "Ringe", "female"),
    ]


def test_an_english_feed_may_spell_its_columns_with_blanks(tmp_path):
    (tmp_path / "feed.tsv").write_text(ENGLISH_FEED, encoding="utf-8")
    result = ingest(tmp_path / "shop", [tmp_path / "feed.tsv"], preset="google_feed")
    assert_accounted(result)
    columns = "product_id, price_cents, stock_status, image_url, subcategory"
    assert rows(tmp_path / "shop", "products", columns, "1") == [
        ("1", 3400, "in_stock", "https://x/1.jpg", "Jewelry"),
        ("2", 123450, "out_of_stock", "https://x/2.jpg", "Jewelry"),
    ]


def test_a_feed_goes_together_with_orders_in_the_shops_own_form(tmp_path):
    (tmp_path / "feed.tsv").write_text(ENGLISH_FEED, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,order_date,order_status,total_amount\no1,c1,2024-05-01 10:00:00,completed,34.00\n"
    )
    (tmp_path / "order_items.csv").write_text(
        "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,1,1,34.00\ni2,o1,9,1,34.00\n"
    )
    result = ingest(tmp_path / "shop", [tmp_path], preset="google_feed")
    assert reasons(result, "order_items") == {"orphan_product": 1}
    assert Tables(tmp_path / "shop").counts() | {"products": 0} == {
        "products": 0,
        "customers": 1,
        "orders": 1,
        "order_items": 1,
        "interactions": 0,
        "promotions": 0,
    }


# -- retail tickets ---------------------------------------------------------------------------------------------------

TICKETS = [
    ("ticket_number", "ticket_datetime", "user_id", "item_id", "item_price", "units_sold"),
    ("t1", "2024-05-01 10:00:00", "00017", "milk", "1,20", "2"),
    ("t1", "2024-05-01 10:00:00", "00017", "milk", "1,20", "1"),
    ("t1", "2024-05-01 10:00:00", "00017", "bread", "3,40", "-1"),
    ("t2", "2024-05-02 11:30:00", "", "bread", "3,60", "1"),
    ("t3", "2024-05-03 09:15:00", "00018", "bread", "3,50", "1"),
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_tickets_become_orders_without_returns_and_strangers(tmp_path, kind):
    path = tmp_path / f"tickets.{kind}"
    if kind == "csv":
        path.write_text("\n".join(";".join(line) for line in TICKETS) + "\n", encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for line in TICKETS:
            book.active.append(line)
        book.save(path)
    result = ingest(tmp_path / "shop", [path], preset="retail_tickets")
    assert_accounted(result)
    assert reasons(result, "order_items") == {"return": 1, "no_customer": 1}
    assert reasons(result, "orders") == {"no_customer": 1}
    assert rows(tmp_path / "shop", "orders", "order_id, customer_id, total_amount_cents, num_items", "1") == [
        ("t1", "00017", 360, 3),
        ("t3", "00018", 350, 1),
    ]
    assert rows(tmp_path / "shop", "products", "product_id, price_cents", "1") == [("bread", 350), ("milk", 120)]
    assert rows(tmp_path / "shop", "order_items", "order_item_id, quantity, unit_price_cents", "1") == [
        ("t1-milk-1", 2, 120),
        ("t1-milk-2", 1, 120),
        ("t3-bread-1", 1, 350),
    ]


# -- UCI Online Retail ------------------------------------------------------------------------------------------------

UCI = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom
536365,85123A,WHITE HANGING HEART,2,12/1/2010 8:26,2.55,17850,United Kingdom
536365,71053,"LANTERN, WHITE",6,12/1/2010 8:26,3.39,17850,United Kingdom
536365,POST,POSTAGE,1,12/1/2010 8:26,18,17850,United Kingdom
C536379,71053,"LANTERN, WHITE",-1,12/1/2010 9:41,3.39,17850,United Kingdom
536544,21773,BOTTLE,1,12/13/2010 14:32,2.51,,United Kingdom
536589,21777,,-10,12/13/2010 16:50,0,,United Kingdom
"""


def test_uci_lines_in_their_own_columns(tmp_path):
    (tmp_path / "Online Retail.csv").write_text(UCI, encoding="latin-1")
    result = ingest(tmp_path / "shop", [tmp_path / "Online Retail.csv"], preset="uci_online_retail")
    assert_accounted(result)
    assert reasons(result, "order_items") == {"not_a_product": 1, "return": 1, "no_customer": 1, "adjustment": 1}
    assert reasons(result, "orders") == {"return": 1, "no_customer": 2}
    assert rows(tmp_path / "shop", "orders", "order_id, customer_id, order_date::VARCHAR, num_items", "1") == [
        ("536365", "17850", "2010-12-01 08:26:00", 15)
    ]
    assert rows(tmp_path / "shop", "products", "product_id, title, price_cents", "1") == [
        ("21773", "BOTTLE", 251),
        ("71053", "LANTERN, WHITE", 339),
        ("85123A", "WHITE HANGING HEART", 255),
    ]


def test_uci_as_an_excel_workbook_gives_the_same_tables(tmp_path):
    from datetime import datetime

    book = openpyxl.Workbook()
    lines = [line.replace('"LANTERN, WHITE"', "LANTERN").split(",") for line in UCI.splitlines()]
    book.active.append(lines[0])
    for line in lines[1:]:
        moment = datetime.strptime(line[4], "%m/%d/%Y %H:%M")  # noqa: DTZ007 - cells carry no zone
        customer = float(line[6]) if line[6] else None
        book.active.append([line[0], line[1], line[2], int(line[3]), moment, float(line[5]), customer, line[7]])
    book.save(tmp_path / "Online Retail.xlsx")
    result = ingest(tmp_path / "shop", [tmp_path / "Online Retail.xlsx"], preset="uci_online_retail")
    assert_accounted(result)
    assert rows(tmp_path / "shop", "orders", "order_id, customer_id, order_date::VARCHAR", "1") == [
        ("536365", "17850", "2010-12-01 08:26:00")
    ]
    assert rows(tmp_path / "shop", "order_items", "count(*), sum(quantity)", "1") == [(3, 14)]


@pytest.mark.data
@pytest.mark.slow
def test_the_real_uci_lines_give_the_protocols_figures(tmp_path):
    folder = data("uci_online_retail")
    result = ingest(tmp_path / "shop", [folder], preset="uci_online_retail")
    assert_accounted(result)
    assert reasons(result, "order_items") == {
        "adjustment": 1_336,
        "return": 9_288,
        "no_customer": 133_361,
        "not_a_product": 1_554,
    }
    with duckdb.connect() as con:
        Tables(tmp_path / "shop").connection_views(con)
        expected = con.execute(
            f"""SELECT count(*), count(DISTINCT user_id), count(DISTINCT item_id), sum(quantity),
            sum(round(l.price * 100)) FROM read_parquet('{folder}/interactions.parquet') AS l
            JOIN read_parquet('{folder}/items.parquet') AS i USING (item_id)
            WHERE event = 'purchase' AND user_id IS NOT NULL AND is_product"""
        ).fetchall()
        found = con.execute(
            """SELECT count(*), count(DISTINCT customer_id), count(DISTINCT product_id), sum(quantity),
            sum(unit_price_cents) FROM order_items JOIN orders USING (order_id)"""
        ).fetchall()
        titles = con.execute(
            f"""SELECT count(*), count(*) FILTER (title <> trim(i.description)) FROM products
            JOIN read_parquet('{folder}/items.parquet') AS i ON item_id = product_id"""
        ).fetchall()
    assert found == expected
    assert found[0][0] == 396_370
    assert titles == [(3_900, 0)]


# -- MovieLens --------------------------------------------------------------------------------------------------------


@pytest.fixture
def movielens(tmp_path):
    folder = tmp_path / "ml"
    folder.mkdir()
    with duckdb.connect() as con:
        con.execute(
            f"""COPY (SELECT * FROM (VALUES (1, 1, 4, TIMESTAMP '1997-09-20 03:05:10', 'rating'),
            (1, 2, 1, TIMESTAMP '1997-09-21 03:05:10', 'rating'), (2, 1, 5, TIMESTAMP '1998-01-01 00:00:00', 'rating'))
            AS t(user_id, item_id, rating, "timestamp", event)) TO '{folder}/interactions.parquet';
            COPY (SELECT * FROM (VALUES (1, 'Toy Story', '1995', 'Animation Comedy'), (2, 'unknown', '', ''))
            AS t(item_id, title, release_year, genres)) TO '{folder}/items.parquet';
            COPY (SELECT * FROM (VALUES (1, 24, 'M', 'technician', '85711'), (2, 53, 'F', 'other', '94043'))
            AS t(user_id, age, gender, occupation, zip_code)) TO '{folder}/users.parquet'"""
        )
    return folder


def test_every_rating_is_one_purchase_whatever_its_stars(tmp_path, movielens):
    result = ingest(tmp_path / "shop", [movielens], preset="movielens")
    assert_accounted(result)
    assert rows(tmp_path / "shop", "interactions", "customer_id, product_id, interaction_type, rating", "1, 2") == [
        ("1", "1", "purchase", 4),
        ("1", "2", "purchase", 1),
        ("2", "1", "purchase", 5),
    ]
    assert rows(tmp_path / "shop", "products", "title, category, price_cents, genres", "product_id") == [
        ("Toy Story (1995)", "Animation", 100, "Animation Comedy"),
        ("unknown", "unknown", 100, None),
    ]
    assert rows(tmp_path / "shop", "customers", "customer_id, gender, age, registration_date::VARCHAR", "1") == [
        ("1", "male", 24, "1997-09-20"),
        ("2", "female", 53, "1998-01-01"),
    ]


@pytest.mark.data
def test_the_real_movielens_counts_every_rating(tmp_path):
    result = ingest(tmp_path / "shop", [data("movielens_100k")], preset="movielens")
    assert_accounted(result)
    assert Tables(tmp_path / "shop").counts() == {
        "products": 1_682,
        "customers": 943,
        "orders": 0,
        "order_items": 0,
        "interactions": 100_000,
        "promotions": 0,
    }


@pytest.mark.parametrize("name", ["h_and_m", "movielens"])
def test_a_second_ingest_of_the_same_files_changes_nothing(tmp_path, name, request):
    folder = request.getfixturevalue(name)
    first = ingest(tmp_path / "shop", [folder], preset=name)
    again = ingest(tmp_path / "shop", [folder], preset=name)
    assert not again.changed
    assert again.fingerprint == first.fingerprint


# -- Fashion Product Images -------------------------------------------------------------------------------------------

STYLES = """id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName
15970,Men,Apparel,Topwear,Shirts,Navy Blue,Fall,2011,Casual,Turtle Check Men Navy Blue Shirt
59263,Girls,Accessories,Jewellery,Rings,NA,Winter,2016,Casual,Titan Ring
1,,Accessories,Watches,Watches,Silver,,,,Watch
"""
FASHION = "product_id, category, subcategory, color, gender, age_group, season, image_url, price_cents"


def test_fashion_styles_are_products_with_a_picture_and_a_price_that_stands_for_none(tmp_path):
    (tmp_path / "styles.csv").write_text(STYLES)
    result = ingest(tmp_path / "shop", [tmp_path / "styles.csv"], preset="fashion_product_images")
    assert_accounted(result)
    assert result.catalogue_only
    assert rows(tmp_path / "shop", "products", FASHION, "product_id") == [
        ("1", "Watches", "Watches", "Silver", None, None, None, "images/1.jpg", 100),
        ("15970", "Topwear", "Shirts", "Navy Blue", "male", "adult", "Fall", "images/15970.jpg", 100),
        ("59263", "Jewellery", "Rings", None, "female", "kids", "Winter", "images/59263.jpg", 100),
    ]


def test_fashion_items_as_parquet_take_the_gender_of_the_title_and_count_once(tmp_path):
    listed = {
        "item_id": ["1", "2"],
        "productDisplayName": ["Ring", "Cap"],
        "masterCategory": ["Accessories"] * 2,
        "subCategory": ["Jewellery", "Headwear"],
        "articleType": ["Rings", "Caps"],
        "baseColour": ["Gold", "Red"],
        "usage": ["Casual"] * 2,
        "gender_from_title": ["Women", "Boys"],
        "gender": pa.array([None, "Unisex"], pa.string()),
    }
    pq.write_table(pa.table(listed), tmp_path / "items.parquet")
    pq.write_table(pa.table(listed).slice(0, 1), tmp_path / "images_metadata.parquet")
    result = ingest(tmp_path / "shop", [tmp_path], preset="fashion_product_images")
    assert result.rows_in == 2
    found = rows(tmp_path / "shop", "products", "product_id, title, gender, age_group, department", "product_id")
    assert found == [("1", "Ring", "female", "adult", "Accessories"), ("2", "Cap", "unisex", "adult", "Accessories")]


@pytest.mark.data
def test_the_fashion_set_is_taken_in_whole(tmp_path):
    result = ingest(tmp_path / "shop", [data("fashion_product_images_small")], preset="fashion_product_images")
    assert_accounted(result)
    assert (result.rows_in, result.rows_quarantined) == (44_072, 0)
    jewellery = rows(
        tmp_path / "shop", "products", "count(*) FILTER (category = 'Jewellery'), count(DISTINCT category)", "1"
    )
    assert jewellery == [(1_079, 45)]
