"""The sample league and league folders: what `local` loads into the warehouse before a run."""

from sample.league.files import LeagueError, load_league, write_league
from sample.league.league import League
from sample.league.sample import sample_league

__all__ = ["League", "LeagueError", "load_league", "sample_league", "write_league"]
