-- Which sessions went on for longest?
-- Read: days of one remote session are often a forgotten desktop, and a way in that needs no new logon.
-- Limits: only sessions whose end a record tells; those without one are in open-sessions.sql.
-- param: hours=1 sessions from this length on
SELECT round((julianday("end") - julianday(start)) * 24, 1) AS hours, computer, user, ip, kind, start, "end", end_kind, session_uid
FROM sessions
WHERE start IS NOT NULL AND "end" IS NOT NULL AND NOT background
  AND (julianday("end") - julianday(start)) * 24 >= :hours
ORDER BY julianday("end") - julianday(start) DESC, session_uid
LIMIT 50;
