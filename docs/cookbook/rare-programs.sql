-- Which programs ran seldom?
-- Read: rare programs in folders that users can write to, and Windows' own names in other folders.
-- Limits: 4688 needs the audit of process creation, Sysmon 1 needs Sysmon. One process may be in both.
-- param: most=2 times that it ran at most
SELECT lower(image) AS program, count(*) AS times, count(DISTINCT host_key(host)) AS hosts, min(time) AS first,
       min(user) AS a_user, min(command_line) AS a_command_line
FROM events
WHERE action = 'process-started' AND image IS NOT NULL
GROUP BY lower(image)
HAVING count(*) <= :most
ORDER BY times, program
LIMIT 100;
