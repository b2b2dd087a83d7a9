terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.40, < 8"
    }

    # Only for google_project_service_identity, which the other one does not have.
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 7.40, < 8"
    }

    time = {
      source  = "hashicorp/time"
      version = ">= 0.12, < 1"
    }
  }

  # The bucket is given to `terraform init -backend-config=…`: see docs/operations.md.
  backend "gcs" {}
}

provider "google" {
  project        = var.project
  region         = var.location
  default_labels = local.labels
}

provider "google-beta" {
  project = var.project
  region  = var.location
}
