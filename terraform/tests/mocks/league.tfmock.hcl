# A project in which the league's tables are there under their usual names.
mock_data "google_bigquery_datasets" {
  defaults = {
    datasets = [
      { dataset_id = "nba_raw" },
      { dataset_id = "nba_analytics" },
      { dataset_id = "nba_precompute" },
    ]
  }
}

mock_data "google_bigquery_tables" {
  defaults = {
    tables = [
      { table_id = "bdl_player_boxscores" },
      { table_id = "player_game_summary" },
      { table_id = "team_defense_game_summary" },
      { table_id = "team_offense_game_summary" },
      { table_id = "player_birthdates" },
      { table_id = "player_composite_factors" },
    ]
  }
}
