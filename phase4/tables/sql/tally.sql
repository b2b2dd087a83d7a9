COUNT(*) AS planned,
COUNTIF(status = 'PUBLISHED') AS published,
COUNTIF(status = 'UNCHANGED') AS unchanged,
COUNTIF(status = 'FAILED') AS failed,
COUNTIF(status = 'SKIPPED') AS skipped,
COUNTIF(status = 'DIED') AS died,
COUNTIF(status = 'NOT_STARTED') AS not_started
