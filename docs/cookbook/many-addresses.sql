-- Which users came from many addresses?
-- Read: one person is seldom in two networks on one day; `days` beside `addresses` tells a traveller from a shared account.
-- Limits: addresses given out anew (VPN, mobile) look like many places.
-- param: least=2 addresses
SELECT lower(user) AS user, count(DISTINCT ip) AS addresses, count(DISTINCT substr(start, 1, 10)) AS days,
       count(*) AS sessions, group_concat(DISTINCT ip) AS "from"
FROM sessions
WHERE outcome = 'success' AND NOT background AND scope IN ('internal', 'external')
GROUP BY lower(user)
HAVING addresses >= :least
ORDER BY addresses DESC, user;
