"""What the docs show runs as printed."""

import re
from pathlib import Path

from parure.ingest import ingest
from parure.ingest.quality import quality

ROOT = Path(__file__).resolve().parents[3]


def test_the_mapping_in_the_ingest_page_takes_in_files_of_its_form(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "ingest.md").read_text(encoding="utf-8")
    mapping = tmp_path / "my-shop.toml"
    mapping.write_text(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0], encoding="utf-8")
    files = tmp_path / "exports"
    files.mkdir()
    (files / "artikel.csv").write_text(
        "artnr;bezeichnung;warengruppe;vk_preis;bestand\n"
        "1;Ring;Ringe;34,00 €;auf Lager\n2;Kette;Ketten;1.234,50 €;ausverkauft\n3;Pfand;Pfand;0,25 €;auf Lager\n",
        encoding="utf-8",
    )
    (files / "bons.csv").write_text(
        "bon;pos;kunde;zeit;artnr;menge;einzelpreis\n"
        "b1;1;k1;03.05.2024 10:00;1;1;34,00\nb1;2;k1;03.05.2024 10:00;2;2;1.234,50\n"
        "b2;1;k2;04.05.2024 11:00;1;1;34,00\n",
        encoding="utf-8",
    )
    result = ingest(tmp_path / "shop", [files], mapping=mapping)
    accepted = {
        table: sum(report.rows_accepted for report in result.of(table)) for table in ("products", "order_items")
    }
    assert accepted == {"products": 2, "order_items": 3}
    assert result.of("products")[0].reasons == {"deposit": 1}
    assert quality(tmp_path / "shop")["tables"]["orders"]["rows"] == 2


def test_an_expression_may_rewrite_a_column_of_the_same_name(tmp_path: Path) -> None:
    files = tmp_path / "exports"
    files.mkdir()
    (files / "products.csv").write_text(
        "product_id,title,category,price,image_url,stock_status\n1,Ring,Rings,3400,1.jpg,in_stock\n"
    )
    (files / "orders.csv").write_text(
        "order_id,customer_id,order_date,order_status,total_amount\no1,c1,2024-05-03,completed,3400\n"
    )
    (files / "order_items.csv").write_text("order_item_id,order_id,product_id,quantity,unit_price\n1,o1,1,1,34.00\n")
    mapping = tmp_path / "cents.toml"
    mapping.write_text(
        """
[sources.products]
files = ["products.csv"]
[sources.orders]
files = ["orders.csv"]
[sources.order_items]
files = ["order_items.csv"]
[tables.products]
source = "products"
expressions = {price = "CAST(price AS DOUBLE) / 100"}
[tables.orders]
source = "orders"
expressions = {total_amount = "CAST(total_amount AS DOUBLE) / 100"}
[tables.order_items]
source = "order_items"
"""
    )
    result = ingest(tmp_path / "shop", [files], mapping=mapping)
    assert result.rows_quarantined == 0
    assert quality(tmp_path / "shop")["prices"]
