-- How many events has each host on each day?
-- Read: days without events where there should be some, and days with many more than usual.
-- Limits: an overwritten log has no old days. The names of hosts are as logged.
SELECT value1 AS host, value2 AS day, events
FROM event_counts('host, day')
ORDER BY host, day;
