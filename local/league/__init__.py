"""The sample league and league folders: what `local` loads into the warehouse before a run."""

from local.league.files import LeagueError, load_league, write_league
from local.league.league import League
from local.league.sample import sample_league

__all__ = ["League", "LeagueError", "load_league", "sample_league", "write_league"]
