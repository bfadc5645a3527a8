-- Who came at night or at the week-end?
-- Read: beside what is usual for that user (users who never do otherwise are operators or programs).
-- Limits: times are UTC; `zone` is hours to add. Public holidays are unknown.
-- param: from=20 hour from which it is night
-- param: to=6 hour until which it is night
-- param: zone=0 hours that local time is ahead of UTC
WITH here AS MATERIALIZED (
    SELECT datetime(substr(start, 1, 19), :zone || ' hours') AS local, computer, user, ip, kind, session_uid
    FROM sessions
    WHERE outcome = 'success' AND NOT background AND start IS NOT NULL
)
SELECT local, CASE strftime('%w', local) WHEN '0' THEN 'Sunday' WHEN '6' THEN 'Saturday' ELSE 'night' END AS why,
       computer, user, ip, kind, session_uid
FROM here
WHERE CAST(strftime('%H', local) AS INTEGER) >= :from OR CAST(strftime('%H', local) AS INTEGER) < :to
   OR strftime('%w', local) IN ('0', '6')
ORDER BY local, session_uid;
