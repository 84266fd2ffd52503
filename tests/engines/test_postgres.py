"""The PostgreSQL of the tests: databases of one's own, a stop, a crash, a new start."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.postgres import USER, PostgresServer, postgres_server


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as started:
        yield started


def ask(url: str, *statements: str) -> object:
    engine = create_engine(url.replace("://", "+pg8000://"), poolclass=NullPool)
    with engine.begin() as connection:
        results = [connection.execute(text(each)) for each in statements]
        return results[-1].scalar() if results[-1].returns_rows else None


def test_each_database_is_empty_and_of_its_own(server: PostgresServer) -> None:
    first, second = server.new_database(), server.new_database()
    ask(first, "CREATE TABLE seen (id INT)")
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert [ask(url, count) for url in (first, second)] == [1, 0]
    server.drop_database(first)
    with pytest.raises(DBAPIError, match="does not exist"):
        ask(first, count)


def test_it_is_postgresql_and_asks_for_the_password(server: PostgresServer) -> None:
    url = server.new_database()
    assert str(ask(url, "SHOW server_version")).startswith("18.")
    with pytest.raises(DBAPIError, match="password authentication failed"):
        ask(url.replace(server.password, "guessed"), "SELECT 1")


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_what_was_committed_outlives_a_stop_and_a_crash(
    server: PostgresServer, ending: str
) -> None:
    url = server.new_database()
    ask(url, "CREATE TABLE seen (id INT)", "INSERT INTO seen VALUES (7)")
    getattr(server, ending)()
    with pytest.raises(DBAPIError):
        ask(url, "SELECT 1")
    server.start()
    assert ask(url, "SELECT id FROM seen") == 7


def test_it_ends_with_its_context_and_leaves_nothing() -> None:
    with postgres_server() as own:
        assert own.process is not None
        process, folder = own.process.pid, own.folder
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_test_is_given_an_empty_database(postgres: PostgresServer, database_url: str) -> None:
    assert database_url.startswith(f"postgresql://{USER}:{postgres.password}@127.0.0.1:")
    assert ask(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
