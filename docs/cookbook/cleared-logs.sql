-- Were logs cleared, and by whom?
-- Read: then look at who was there just before, and at the same hour in other logs of that host and of the domain.
-- Limits: a log that was deleted as a file, or whose service was stopped, says nothing.
SELECT time, host, channel, event_id, coalesce(subject_user, user, field(fields, 'SubjectUserName')) AS user,
       coalesce(field(fields, 'Channel'), object, channel) AS cleared, event_title(provider, channel, event_id) AS what
FROM events
WHERE action = 'log-cleared'
ORDER BY time, host;
