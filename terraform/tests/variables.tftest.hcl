# Every validation refuses what it should. Nothing is created: the providers are mocks.
mock_provider "google" {
  source = "./tests/mocks"
}
mock_provider "google-beta" {}
mock_provider "time" {}

variables {
  project             = "any-project"
  environment         = "dev"
  state_bucket        = "any-project-phase4-state"
  notification_emails = ["team@example.com"]
  initial             = true
  release             = null
}

run "the_defaults_are_enough" {
  command = plan
}

run "a_project_id_has_no_capitals" {
  command = plan

  variables {
    project = "Any-Project"
  }

  expect_failures = [var.project]
}

run "a_multi_region_is_no_region" {
  command = plan

  variables {
    location = "US"
  }

  expect_failures = [var.location]
}

run "an_environment_is_dev_or_prod" {
  command = plan

  variables {
    environment = "staging"
  }

  expect_failures = [var.environment]
}

run "labels_are_small_letters" {
  command = plan

  variables {
    labels = { Team = "Data" }
  }

  expect_failures = [var.labels]
}

run "a_bucket_is_a_name" {
  command = plan

  variables {
    state_bucket = "gs://any-bucket"
  }

  expect_failures = [var.state_bucket]
}

run "alerts_need_somebody" {
  command = plan

  variables {
    notification_emails = []
  }

  expect_failures = [var.notification_emails]
}

run "alerts_go_to_mail_addresses" {
  command = plan

  variables {
    notification_emails = ["team"]
  }

  expect_failures = [var.notification_emails]
}

run "without_a_release_nothing_that_runs_would_stay" {
  command = plan

  variables {
    initial = false
  }

  expect_failures = [var.release]
}

run "a_first_apply_has_no_release" {
  command = plan

  variables {
    release = {
      image            = "us-west2-docker.pkg.dev/any-project/phase4-images/precompute@sha256:0000000000000000000000000000000000000000000000000000000000000000"
      code_version     = "abc1234"
      function_archive = "tests/fixtures/archive.txt"
      routines         = "tests/fixtures/routines"
    }
  }

  expect_failures = [var.release]
}

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    initial = false
    release = {
      image            = "us-west2-docker.pkg.dev/any-project/phase4-images/precompute:latest"
      code_version     = "abc1234"
      function_archive = "tests/fixtures/archive.txt"
      routines         = "tests/fixtures/routines"
    }
  }

  expect_failures = [var.release]
}

run "a_revision_can_be_a_label" {
  command = plan

  variables {
    initial = false
    release = {
      image            = "us-west2-docker.pkg.dev/any-project/phase4-images/precompute@sha256:0000000000000000000000000000000000000000000000000000000000000000"
      code_version     = "v1.4.0"
      function_archive = "tests/fixtures/archive.txt"
      routines         = "tests/fixtures/routines"
    }
  }

  expect_failures = [var.release]
}

run "a_repository_is_a_connection" {
  command = plan

  variables {
    repository = { id = "github.com/somebody/phase4" }
  }

  expect_failures = [var.repository]
}

run "a_table_has_its_dataset" {
  command = plan

  variables {
    tables = { raw = "bdl_player_boxscores" }
  }

  expect_failures = [var.tables]
}

run "a_table_name_is_no_sql" {
  command = plan

  variables {
    tables = { target = "nba_precompute.t`; DROP TABLE x; --" }
  }

  expect_failures = [var.tables]
}

run "only_the_roster_may_be_absent" {
  command = plan

  variables {
    tables = { player = "" }
  }

  expect_failures = [var.tables]
}

run "a_dataset_name_has_no_dash" {
  command = plan

  variables {
    ops_dataset = "nba-ops"
  }

  expect_failures = [var.ops_dataset]
}

run "the_factors_are_always_filled" {
  command = plan

  variables {
    filled_tables = ["player_game_summary"]
  }

  expect_failures = [var.filled_tables]
}

run "a_new_dataset_needs_its_table" {
  command = plan

  variables {
    create_target = { dataset = true }
  }

  expect_failures = [var.create_target]
}

run "a_deadline_ends_before_the_task" {
  command = plan

  variables {
    limits = { deadline_seconds = 4000 }
  }

  expect_failures = [var.limits]
}

run "a_query_may_bill_what_bigquery_bills_at_least" {
  command = plan

  variables {
    limits = { maximum_bytes_billed = 1000 }
  }

  expect_failures = [var.limits]
}

run "tasks_side_by_side_are_bounded" {
  command = plan

  variables {
    job = { parallelism = 2000 }
  }

  expect_failures = [var.job]
}

run "retries_are_bounded" {
  command = plan

  variables {
    job = { max_retries = 11 }
  }

  expect_failures = [var.job]
}

run "memory_has_a_unit" {
  command = plan

  variables {
    job = { memory = "2048" }
  }

  expect_failures = [var.job]
}

run "a_task_takes_a_week_at_most" {
  command = plan

  variables {
    job             = { timeout_seconds = 700000, max_retries = 0 }
    workflow_tuning = { lease_seconds = 800000 }
  }

  expect_failures = [var.job]
}

run "the_validator_has_an_instance" {
  command = plan

  variables {
    validator = { max_instances = 0 }
  }

  expect_failures = [var.validator]
}

run "the_memory_of_the_validator_has_a_unit" {
  command = plan

  variables {
    validator = { memory = "1024" }
  }

  expect_failures = [var.validator]
}

run "a_push_waits_ten_minutes_at_most" {
  command = plan

  variables {
    validator = { timeout_seconds = 900 }
  }

  expect_failures = [var.validator]
}

run "a_secret_is_pinned_to_a_version" {
  command = plan

  variables {
    validator = { webhook_version = "latest" }
  }

  expect_failures = [var.validator]
}

run "a_lock_outlives_a_task" {
  command = plan

  variables {
    workflow_tuning = { lease_seconds = 300 }
  }

  expect_failures = [var.workflow_tuning]
}

run "a_lock_outlives_the_retry_of_a_task" {
  command = plan

  variables {
    job = { timeout_seconds = 3600, max_retries = 2 }
  }

  expect_failures = [var.workflow_tuning]
}

run "a_run_pauses_between_its_looks" {
  command = plan

  variables {
    workflow_tuning = { poll_seconds = 0 }
  }

  expect_failures = [var.workflow_tuning]
}

run "a_task_has_a_date" {
  command = plan

  variables {
    workflow_tuning = { dates_per_task = 0 }
  }

  expect_failures = [var.workflow_tuning]
}

run "a_schedule_starts_a_workflow_that_is_there" {
  command = plan

  variables {
    schedules = { weekly = { workflow = "weekly-helth", cron = "0 14 * * 1" } }
  }

  expect_failures = [var.schedules]
}

run "a_schedule_has_five_fields" {
  command = plan

  variables {
    schedules = { weekly = { workflow = "weekly-health", cron = "every monday" } }
  }

  expect_failures = [var.schedules]
}

run "an_argument_is_an_object" {
  command = plan

  variables {
    schedules = { weekly = { workflow = "weekly-health", cron = "0 14 * * 1", argument = "[]" } }
  }

  expect_failures = [var.schedules]
}

run "what_is_watched_runs_several_times_a_day" {
  command = plan

  variables {
    schedules = { daily = { workflow = "weekly-health", cron = "0 14 * * *", watched = true } }
  }

  expect_failures = [var.schedules]
}

run "a_wait_has_a_length" {
  command = plan

  variables {
    waits = { grants_seconds = -1 }
  }

  expect_failures = [var.waits]
}

run "the_public_is_no_reader_of_the_site" {
  command = plan

  variables {
    site = { readers = ["allUsers"] }
  }

  expect_failures = [var.site]
}

run "the_address_of_the_site_is_encrypted" {
  command = plan

  variables {
    site = { address = "http://site.example.com" }
  }

  expect_failures = [var.site]
}
