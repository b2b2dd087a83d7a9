"""The training set as Parquet: a file per season, which says in its metadata where it is from."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from phase4.errors import NotThere, Unfit, WrongInput
from phase4.tables.calendar import season_name
from phase4.tables.training import FACTORS, FEATURES, LABEL

PREFIX = "training_set_"
KEY = ("game_date", "game_id", "player_lookup")
METADATA = b"phase4"
SCHEMA = pa.schema(
    [
        ("game_date", pa.date32()),
        ("season_year", pa.int64()),
        ("season_phase", pa.string()),
        ("game_id", pa.string()),
        ("player_lookup", pa.string()),
        (LABEL, pa.int64()),
        *((feature.name, pa.float64()) for feature in FEATURES),
        *((feature.state, pa.string()) for feature in FEATURES),
    ]
)


@dataclass(frozen=True)
class Origin:
    """A run that wrote rows of L4, with its code and how many dates are its."""

    run_id: str | None
    code_version: str | None
    calculation_version: str | None
    dates: int


@dataclass(frozen=True)
class Provenance:
    """Where a file is from: the range, the moment, who computed L4, what the features are.

    `definition_sha256` is of the statement of the routine, `content_sha256` of the rows
    in their order as CSV.
    """

    season_year: int
    start_date: date
    end_date: date
    snapshot_time: datetime
    tables: tuple[str, ...]
    origins: tuple[Origin, ...]
    code_version: str
    definition_sha256: str
    content_sha256: str
    rows: int

    def text(self) -> str:
        """As JSON, the same text for the same facts."""
        return json.dumps(asdict(self), default=_plain, sort_keys=True)


def in_order(rows: pa.Table) -> pa.Table:
    """The rows with exactly the columns and types of a file, in the order of their key."""
    columns = [rows[field.name].cast(field.type) for field in SCHEMA]
    table = pa.Table.from_arrays(columns, schema=SCHEMA)
    return table.sort_by([(name, "ascending") for name in KEY]).combine_chunks()


def real_rows(rows: pa.Table) -> int:
    """How many rows have no default for any factor."""
    if not rows.num_rows:
        return 0
    states = [pc.equal(rows[factor.state], "real") for factor in FACTORS]
    return int(pc.sum(functools.reduce(pc.and_, states)).as_py())


def content_sha256(rows: pa.Table) -> str:
    """A hash of what the rows say."""
    text = io.BytesIO()
    csv.write_csv(rows, text)
    return hashlib.sha256(text.getbuffer()).hexdigest()


def path_of(folder: Path, season_year: int) -> Path:
    """`training_set_2024-25.parquet`."""
    return folder / f"{PREFIX}{season_name(season_year)}.parquet"


def write(path: Path, rows: pa.Table, provenance: Provenance) -> None:
    """Writes the file whole or not at all; the same rows and provenance give the same bytes."""
    described = rows.replace_schema_metadata({METADATA: provenance.text().encode()})
    # Of its own name: another export may write the same file meanwhile.
    draft = path.with_suffix(f".{uuid.uuid4().hex[:8]}.part")
    try:
        pq.write_table(described, draft, compression="zstd")
        draft.replace(path)
    except OSError as error:
        raise WrongInput(f"{path}: {error.strerror}: name a folder that can be written") from None
    finally:
        draft.unlink(missing_ok=True)


def files_of(folder: Path) -> list[Path]:
    """The files of an export; NotThere when there are none."""
    found = sorted(folder.glob(f"{PREFIX}*.parquet"))
    if not found:
        raise NotThere(
            f"{folder} has no {PREFIX}*.parquet: write them with"
            f" `phase4 training export --start-date … --end-date … --out {folder}`"
        )
    return found


def provenance_of(path: Path) -> dict[str, Any]:
    """What the file says of its origin; Unfit when it says nothing."""
    known = pq.read_schema(path).metadata or {}
    if METADATA not in known:
        raise Unfit(f"{path} does not say where it is from: export it again")
    stored: dict[str, Any] = json.loads(known[METADATA])
    return stored


def read(folder: Path) -> pa.Table:
    """All rows of an export, by date; Unfit when its files are of two moments or were changed."""
    files = files_of(folder)
    moments = {path.name: provenance_of(path)["snapshot_time"] for path in files}
    if len(set(moments.values())) > 1:
        told = ", ".join(f"{name} of {moment}" for name, moment in moments.items())
        raise Unfit(f"{folder} mixes exports ({told}): export all seasons into an empty folder")
    return pa.concat_tables([_checked(path) for path in files])


def _checked(path: Path) -> pa.Table:
    rows, stated = pq.read_table(path), provenance_of(path)["content_sha256"]
    found = content_sha256(rows)
    if found != stated:
        raise Unfit(f"{path}: its rows are {found}, not {stated} as it says: export it again")
    return rows.replace_schema_metadata(None)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
