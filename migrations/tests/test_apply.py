"""Migrations run once and in order, whoever starts them; what does not fit is refused and changes nothing."""

import asyncio

import asyncpg
import pytest

from contracts.language.errors import ContractBroken
from migrations.apply import migrate
from ops.testing.plugin import Database


@pytest.fixture
def folder(tmp_path):
    """Two migrations, the second of which could not run twice."""
    (tmp_path / "0001_books.sql").write_text(
        "CREATE TABLE tod.book (title text);"
        "CREATE TABLE tod.tenant_token_key (kid text PRIMARY KEY, inner_pad bytea, outer_pad bytea,"
        " added_at timestamptz DEFAULT now());"
    )
    (tmp_path / "0002_first_book.sql").write_text("INSERT INTO tod.book VALUES ('Simulacra')")
    return tmp_path


async def run(database: Database, folder) -> list[str]:
    return await migrate(database.url(), tenant_token_key=("k", "00" * 32), folder=folder)


async def books(database: Database) -> int:
    connection = await asyncpg.connect(database.url())
    try:
        return int(await connection.fetchval("SELECT count(*) FROM tod.book"))
    finally:
        await connection.close()


async def test_four_at_once_run_each_migration_once(empty_database, folder):
    ran = await asyncio.gather(*(run(empty_database, folder) for _ in range(4)))
    assert sorted(ran) == [[], [], [], ["0001_books", "0002_first_book"]]
    assert await books(empty_database) == 1
    assert await run(empty_database, folder) == []


async def test_one_that_was_edited_after_it_ran_is_refused(empty_database, folder):
    await run(empty_database, folder)
    (folder / "0002_first_book.sql").write_text("INSERT INTO tod.book VALUES ('Another')")
    with pytest.raises(ContractBroken, match="0002_first_book was edited"):
        await run(empty_database, folder)
    assert await books(empty_database) == 1


async def test_a_hole_in_the_numbers_is_refused_before_anything_runs(empty_database, folder):
    (folder / "0002_first_book.sql").rename(folder / "0003_first_book.sql")
    with pytest.raises(ContractBroken, match="numbered 1, 2, 3"):
        await run(empty_database, folder)
    connection = await asyncpg.connect(empty_database.url())
    assert await connection.fetchval("SELECT to_regclass('tod.book')") is None
    await connection.close()


async def test_a_database_of_a_later_release_is_left_alone(empty_database, folder):
    await run(empty_database, folder)
    (folder / "0002_first_book.sql").unlink()
    with pytest.raises(ContractBroken, match="knows 1"):
        await run(empty_database, folder)


async def test_one_that_fails_leaves_nothing_and_the_next_attempt_goes_on_from_there(empty_database, folder):
    bad = folder / "0003_bad.sql"
    bad.write_text("INSERT INTO tod.book VALUES ('Lost'); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await run(empty_database, folder)
    assert await books(empty_database) == 1
    bad.write_text("INSERT INTO tod.book VALUES ('Found')")
    assert await run(empty_database, folder) == ["0003_bad"]
