-- Every check of sql/checks/ over a range of dates: check_name, subject, figure, detail.
-- judged_kind: shard, wave, run or range; claims_json: what an event claims ('{}' without one).
${quality_checks}
