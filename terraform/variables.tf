variable "project" {
  description = "Id of the Google Cloud project that holds this environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project: expected a project id (6 to 30 small letters, digits and dashes)."
  }
}

variable "location" {
  description = "Region of every resource; the league's datasets live there."
  type        = string
  default     = "us-west2"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.location))
    error_message = "location: expected a region such as us-west2, not a multi-region."
  }
}

variable "environment" {
  description = "dev or prod; prod protects tables, job and workflows against deletion."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment: expected dev or prod."
  }
}

variable "labels" {
  description = "Labels on every resource, beside those that this configuration sets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for key, value in var.labels :
      can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))
    ])
    error_message = "labels: expected keys of the form ^[a-z][a-z0-9_-]*$ and values of small letters, digits, _ and -."
  }
}

variable "state_bucket" {
  description = "Bucket of the Terraform state; the pipeline may read and write it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket: expected the name of a bucket, without gs://."
  }
}

variable "notification_emails" {
  description = "Addresses that alert policies write to; a policy without one would be a defect."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.notification_emails) > 0
    error_message = "notification_emails: expected at least one address."
  }

  validation {
    condition     = alltrue([for email in var.notification_emails : can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", email))])
    error_message = "notification_emails: expected mail addresses."
  }
}

variable "initial" {
  description = "Whether this is the first apply of a project, which has no release yet."
  type        = bool
  default     = false
  nullable    = false
}

variable "release" {
  description = "What `make package` and the image build made; null for the first apply alone (env/initial.tfvars)."
  type = object({
    image            = string
    code_version     = string
    function_archive = string
    routines         = string
  })

  # Without the release everything that runs would be planned away.
  validation {
    condition     = (var.release == null) == var.initial
    error_message = "release: expected the kept variables of the release that runs (docs/operations.md, An apply by hand), or for the first apply of a project -var-file=env/initial.tfvars."
  }

  validation {
    condition     = var.release == null || can(regex("^[a-z0-9.-]+/[a-z0-9_./-]+@sha256:[0-9a-f]{64}$", var.release.image))
    error_message = "release.image: expected an image by digest, name@sha256:…; a tag may move."
  }

  # The job carries it as a label, and Cloud Run takes no other letters there.
  validation {
    condition     = var.release == null || can(regex("^[0-9a-z][0-9a-z_-]{0,62}$", var.release.code_version))
    error_message = "release.code_version: expected the revision that was built, up to 63 small letters, digits, _ and -."
  }
}

variable "repository" {
  description = "Cloud Build connection of the source repository, with what starts a plan and an apply; null makes no triggers."
  type = object({
    id     = string
    branch = optional(string, "^main$")
    tag    = optional(string, "^v[0-9]+[.][0-9]+[.][0-9]+$")
  })
  default = null

  validation {
    condition     = var.repository == null || can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.repository.id))
    error_message = "repository.id: expected projects/P/locations/L/connections/C/repositories/R."
  }
}
