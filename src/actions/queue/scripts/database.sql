SELECT jsonb_build_object(
    'version', current_setting('server_version_num')::int,
    'max_connections', current_setting('max_connections')::int,
    'superuser_reserved', current_setting('superuser_reserved_connections')::int,
    'reserved', coalesce(current_setting('reserved_connections', true), '0')::int,
    'clients', (
        SELECT coalesce(jsonb_agg(client), '[]') FROM (
            SELECT coalesce(application_name, '') AS application, host(client_addr) AS address,
                coalesce(usename, '') AS "user", count(*)::int AS count,
                (count(*) FILTER (WHERE state <> 'idle'))::int AS active
            FROM pg_stat_activity
            WHERE (backend_type = 'client backend' OR backend_type IS NULL AND usename IS NOT NULL)
                AND pid <> pg_backend_pid()
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ) AS client
    )
)
