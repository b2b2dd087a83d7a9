variable "tables" {
  description = "The league's tables as dataset.table; roster may be empty."
  type = object({
    raw     = optional(string, "nba_raw.bdl_player_boxscores")
    player  = optional(string, "nba_analytics.player_game_summary")
    defense = optional(string, "nba_analytics.team_defense_game_summary")
    offense = optional(string, "nba_analytics.team_offense_game_summary")
    roster  = optional(string, "")
    target  = optional(string, "nba_precompute.player_composite_factors")
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name, table in var.tables :
      can(regex("^[A-Za-z_][A-Za-z0-9_]*[.][A-Za-z_][A-Za-z0-9_]*$", table)) || (name == "roster" && table == "")
    ])
    error_message = "tables: expected dataset.table for each."
  }
}

variable "filled_tables" {
  description = "The tables that runs may fill, as phase4/tables/filled has them; the job may write to these only."
  type        = list(string)
  default     = ["player_composite_factors"]
  nullable    = false

  validation {
    condition     = contains(var.filled_tables, "player_composite_factors")
    error_message = "filled_tables: player_composite_factors is one of them, and the others feed it."
  }
}

variable "ops_dataset" {
  description = "Dataset of this system's own tables and routines."
  type        = string
  default     = "nba_ops"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,99}$", var.ops_dataset))
    error_message = "ops_dataset: expected a dataset name of small letters, digits and _."
  }
}

variable "create_target" {
  description = "Whether the dataset and the table of tables.target are made here, or exist already."
  type = object({
    dataset = optional(bool, false)
    table   = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.create_target.dataset || var.create_target.table
    error_message = "create_target: a new dataset needs its table; set table = true as well."
  }
}

variable "create_sources" {
  description = "Whether the league's tables are made here, empty, because a project has none: for development."
  type        = bool
  default     = false
  nullable    = false
}
