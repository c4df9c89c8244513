-- Who may see what: the functions that the policies and the querysets both ask. Owned by herstel_authz, which may only
-- read who shares what with whom. `chosen` is written by herstel/policies.py from the rules.

create or replace function authz.actor() returns bigint
language sql stable parallel safe set search_path = '' as $$
  select nullif(current_setting('app.actor', true), '')::bigint
$$;

-- The membership through whose eyes a participant looks at the own record ("Bekijk wat X ziet"), or null.
create or replace function authz.preview() returns bigint
language sql stable parallel safe set search_path = '' as $$
  select nullif(current_setting('app.preview', true), '')::bigint
$$;

create or replace function authz.own() returns bigint
language sql stable parallel safe security definer set search_path = '' as $$
  select id from public.participants_participant where user_id = authz.actor() and authz.preview() is null
$$;

-- Memberships I hold, also those that wait or rest; in a preview: the one I look through, if it is of my own group.
-- A formal one counts only while its holder works at that organisation.
create or replace function authz.places() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(m.id), '{}')
    from (
      select id, user_id, kind, organisation_id, ends_at from public.supportgroups_membership
       where user_id = authz.actor() and authz.preview() is null and state in ('accepted', 'active', 'paused')
      union all
      select id, user_id, kind, organisation_id, ends_at from public.supportgroups_membership
       where id = authz.preview() and state in ('invited', 'accepted', 'active', 'paused')
         and participant_id in (select id from public.participants_participant where user_id = authz.actor())
    ) m
   where (m.ends_at is null or m.ends_at > now())
     and (m.kind = 'informal' or m.user_id is null or exists (
       select from public.participants_employment e
        where e.user_id = m.user_id and e.organisation_id = m.organisation_id
          and e.function = 'professional' and e.active))
$$;

-- Memberships that open something now: confirmed by the participant, who has not closed everything.
create or replace function authz.memberships() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(m.id), '{}')
    from public.supportgroups_membership m
    join public.participants_participant p on p.id = m.participant_id
   where m.id = any ((select authz.places())::bigint[])
     and (m.state = 'active' or (authz.preview() is not null and m.state <> 'paused'))
     and (p.paused_at is null or p.paused_until <= now())
$$;

-- Participants whose name I know, also while they have closed everything.
create or replace function authz.known() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(m.participant_id), '{}')
    from public.supportgroups_membership m
   where (m.id = any ((select authz.places())::bigint[]) and m.state in ('active', 'paused'))
      or m.id = any ((select authz.memberships())::bigint[])
$$;

-- The participants whose `category` the acting person may see at `level`, the own record first. '*' is: anything at all.
-- `every`: only those who share all of it, so that a row meant for everyone is seen.
create or replace function authz.visible(category text, level int, every boolean default false) returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(v.participant_id), '{}')
    from (
      select authz.own() as participant_id where authz.own() is not null
      union all
      select m.participant_id from public.supportgroups_membership m
       where m.id = any ((select authz.memberships())::bigint[])
         and exists (
           select from public.supportgroups_share s
            where s.membership_id = m.id
              and ($1 = '*' or s.category = $1)
              and s.level >= $2
              and (s.until is null or s.until > now())
              and (not $3 or s.scope = 'all'))
    ) v
$$;

-- Organisations whose people I manage; an administrator of Kring itself manages all.
create or replace function authz.administers() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(o.id), '{}')
    from public.participants_organisation o
   where exists (
     select from public.participants_employment e
       join public.participants_organisation home on home.id = e.organisation_id
      where e.user_id = authz.actor() and e.active and e.function = 'administrator'
        and (e.organisation_id = o.id or home.kind = 'platform'))
$$;

-- Do I keep Kring itself: an administrator of the platform?
create or replace function authz.keeps() returns boolean
language sql stable parallel safe security definer set search_path = '' as $$
  select exists (
    select from public.participants_employment e
      join public.participants_organisation o on o.id = e.organisation_id
     where e.user_id = authz.actor() and e.active and e.function = 'administrator' and o.kind = 'platform')
$$;

-- Studies I work on, while I am employed as a researcher.
create or replace function authz.studies() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(distinct r.study_id), '{}')
    from public.research_studyrole r
   where r.user_id = authz.actor() and r.until >= current_date
     and exists (
       select from public.participants_employment e
        where e.user_id = r.user_id and e.active and e.function = 'researcher')
$$;

-- For the export worker alone: who takes part in the study it works on, with a yes that still counts, while the study is
-- open, and has not closed everything. Whoever else asks is told of nobody.
create or replace function authz.consented() returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(c.participant_id), '{}')
    from public.research_consent c
    join public.research_study s on s.id = c.study_id
    join public.participants_participant p on p.id = c.participant_id
   where coalesce(nullif(current_setting('role'), 'none'), session_user) = 'herstel_research'
     and s.id = nullif(current_setting('app.study', true), '')::bigint
     and c.withdrawn_at is null
     and c.text_version >= s.counts_from
     and (now() at time zone 'Europe/Amsterdam')::date between s.open_from and s.open_until
     and (p.paused_at is null or p.paused_until <= now())
$$;
