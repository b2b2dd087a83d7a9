variable "limits" {
  description = "How long one BigQuery operation may take with its retries, and what one query may bill."
  type = object({
    deadline_seconds     = optional(number, 300)
    maximum_bytes_billed = optional(number, 214748364800)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.limits.deadline_seconds >= 10 && var.limits.deadline_seconds < var.job.timeout_seconds
    error_message = "limits.deadline_seconds: expected 10 or more, and less than job.timeout_seconds."
  }

  validation {
    condition     = var.limits.maximum_bytes_billed >= 10485760
    error_message = "limits.maximum_bytes_billed: BigQuery bills at least 10485760 bytes per query."
  }
}

variable "job" {
  description = "The Cloud Run job: tasks that a plan gives a wave at most, tries of each, and what a task may use."
  type = object({
    parallelism     = optional(number, 4)
    max_retries     = optional(number, 1)
    timeout_seconds = optional(number, 3600)
    cpu             = optional(string, "2")
    memory          = optional(string, "2Gi")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.job.parallelism >= 1 && var.job.parallelism <= 100
    error_message = "job.parallelism: expected 1 to 100."
  }

  # Cloud Run lets a task take a week at most.
  validation {
    condition     = var.job.timeout_seconds <= 604800 && floor(var.job.timeout_seconds) == var.job.timeout_seconds
    error_message = "job.timeout_seconds: expected a whole number up to 604800."
  }

  validation {
    condition     = var.job.max_retries >= 0 && var.job.max_retries <= 10
    error_message = "job.max_retries: expected 0 to 10."
  }

  validation {
    condition     = contains(["1", "2", "4", "8"], var.job.cpu) && can(regex("^[0-9]+(Mi|Gi)$", var.job.memory))
    error_message = "job.cpu: expected 1, 2, 4 or 8; job.memory: expected Mi or Gi."
  }
}

variable "validator" {
  description = "The validator function; webhook_version is the version of the secret to use, null for none."
  type = object({
    max_instances   = optional(number, 5)
    timeout_seconds = optional(number, 510)
    memory          = optional(string, "1Gi")
    webhook_version = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.validator.timeout_seconds > var.limits.deadline_seconds && var.validator.timeout_seconds < local.ack_seconds
    error_message = "validator.timeout_seconds: expected more than limits.deadline_seconds, and less than the ${local.ack_seconds} s that the push subscription waits."
  }

  validation {
    condition     = var.validator.max_instances >= 1 && can(regex("^[0-9]+(Mi|Gi)$", var.validator.memory))
    error_message = "validator.max_instances: expected 1 or more; validator.memory: expected Mi or Gi."
  }

  validation {
    condition     = var.validator.webhook_version == null || can(regex("^[1-9][0-9]*$", var.validator.webhook_version))
    error_message = "validator.webhook_version: expected the number of a version; latest would change without an apply."
  }
}

variable "site" {
  description = "Who may read the site (members like group:team@example.com), and its address where something stands before the bucket."
  type = object({
    readers = optional(set(string), [])
    address = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for member in var.site.readers : can(regex("^(user|group|domain|serviceAccount):[^ ]+$", member))])
    error_message = "site.readers: expected user:…, group:…, domain:… or serviceAccount:…; the public is nobody of these."
  }

  validation {
    condition     = var.site.address == null || can(regex("^https://[^ ]+[^ /]$", var.site.address))
    error_message = "site.address: expected https://… without a slash at its end."
  }
}

variable "workflow_tuning" {
  description = "Seconds that a run's lock lasts, that it waits for a snapshot, and before its first look; dates that are worth a task."
  type = object({
    lease_seconds    = optional(number, 7500)
    snapshot_seconds = optional(number, 660)
    poll_seconds     = optional(number, 1)
    dates_per_task   = optional(number, 75)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.workflow_tuning.poll_seconds > 0
    error_message = "workflow_tuning.poll_seconds: expected more than 0, or a run looks without a pause."
  }

  validation {
    condition     = var.workflow_tuning.dates_per_task >= 1 && floor(var.workflow_tuning.dates_per_task) == var.workflow_tuning.dates_per_task
    error_message = "workflow_tuning.dates_per_task: expected a whole number from 1."
  }

  validation {
    condition     = var.workflow_tuning.lease_seconds > var.job.timeout_seconds * (1 + var.job.max_retries)
    error_message = "workflow_tuning.lease_seconds: expected more than job.timeout_seconds for each try (job.max_retries and the first), or a slow task loses the lock."
  }

  validation {
    condition     = var.workflow_tuning.snapshot_seconds > local.ack_seconds
    error_message = "workflow_tuning.snapshot_seconds: expected more than the ${local.ack_seconds} s after which Pub/Sub sends an event again."
  }
}

variable "waits" {
  description = "Seconds until an alert policy may name a new metric, and until a new grant of Pub/Sub's agent holds."
  type = object({
    metrics_seconds = optional(number, 600)
    grants_seconds  = optional(number, 120)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.waits.metrics_seconds >= 0 && var.waits.grants_seconds >= 0
    error_message = "waits: expected seconds from 0."
  }
}

variable "schedules" {
  description = "What Cloud Scheduler starts: workflow, cron line in UTC, argument as JSON text; the silence of a watched one is an alert."
  type = map(object({
    workflow = string
    cron     = string
    argument = optional(string, "{}")
    paused   = optional(bool, false)
    watched  = optional(bool, false)
  }))
  default = {
    weekly-health = {
      workflow = "weekly-health"
      cron     = "0 14 * * 1"
    }
  }
  nullable = false

  validation {
    condition     = alltrue([for name, _ in var.schedules : can(regex("^[a-z][a-z0-9-]{0,62}$", name))])
    error_message = "schedules: expected names of the form ^[a-z][a-z0-9-]*$."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : contains(keys(local.definitions), schedule.workflow)])
    error_message = "schedules: expected workflows of this repository: ${join(", ", keys(local.definitions))}."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : length(split(" ", schedule.cron)) == 5])
    error_message = "schedules: expected cron lines of five fields."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : can(keys(jsondecode(schedule.argument)))])
    error_message = "schedules: expected each argument to be the JSON text of an object."
  }

  # Absence is seen for less than a day, so once a day would be reported as silent every day.
  validation {
    condition = alltrue([
      for schedule in values(var.schedules) : !schedule.watched || can(regex("[,*/]", split(" ", schedule.cron)[1]))
    ])
    error_message = "schedules: a watched schedule has to run several times a day."
  }
}
