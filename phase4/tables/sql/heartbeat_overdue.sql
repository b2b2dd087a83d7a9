-- A new environment owes no heartbeat before its first week is over.
IFNULL(
  TIMESTAMP_DIFF(
    CURRENT_TIMESTAMP(), COALESCE(heartbeat.beat_at, first_sign.snapshot_at), HOUR
  ) > ${heartbeat_days} * 24,
  FALSE
)
