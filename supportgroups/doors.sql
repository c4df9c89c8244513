-- The invitation's door: what somebody with the link may know and do before they are anybody.

create or replace function doors.invitation(
  token bytea, out membership bigint, out participant_called text, out person_called text, out message text,
  out kind text, out state text)
language sql stable security definer set search_path = '' as $$
  select q.id, case when q.state = 'open' then q.participant end, case when q.state = 'open' then q.person end,
         case when q.state = 'open' then q.message end, case when q.state = 'open' then q.kind end, q.state
    from (
  select m.id, p.called as participant, pe.called as person, i.message, m.kind,
         case when i.withdrawn_at is not null or m.state in ('ended', 'active', 'paused') then 'gone'
              when m.state = 'declined' then 'declined'
              when i.used_at is not null then 'used'
              when i.expires_at <= now() then 'expired'
              else 'open' end as state
    from public.supportgroups_invitation i
    join public.supportgroups_membership m on m.id = i.membership_id and m.participant_id = i.participant_id
    join public.supportgroups_person pe on pe.id = m.person_id and pe.participant_id = m.participant_id
    join public.participants_participant p on p.id = m.participant_id
   where i.token = $1) q
$$;

-- Say yes, as the person who is signed in. Opens nothing: the participant still has to confirm.
-- Returns: ok | mine (already said yes with this account) | gone | own (one's own group) | double (already in this group)
--          | unemployed (asked as a professional, but no organisation has added this account)
create or replace function doors.accept_invitation(token bytea, organisation bigint) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  me bigint := authz.actor();
  i public.supportgroups_invitation;
  m public.supportgroups_membership;
begin
  select * into i from public.supportgroups_invitation where supportgroups_invitation.token = $1 for update;
  if not found or me is null then return 'gone'; end if;
  select * into m from public.supportgroups_membership
   where id = i.membership_id and participant_id = i.participant_id for update;
  if not found then return 'gone'; end if;
  if m.user_id = me and m.state in ('accepted', 'active') then return 'mine'; end if;
  if i.withdrawn_at is not null or i.used_at is not null or i.expires_at <= now() or m.state <> 'invited' then
    return 'gone';
  end if;
  if exists (select from public.participants_participant p where p.id = m.participant_id and p.user_id = me) then
    return 'own';
  end if;
  if exists (select from public.supportgroups_membership o
              where o.participant_id = m.participant_id and o.user_id = me
                and o.state in ('invited', 'accepted', 'active', 'paused', 'resting')) then
    return 'double';
  end if;
  if m.kind = 'formal' and not exists (
       select from public.participants_employment e
        where e.user_id = me and e.organisation_id = $2 and e.active and e.function = 'professional') then
    return 'unemployed';
  end if;
  update public.supportgroups_invitation set used_at = now() where id = i.id;
  update public.supportgroups_membership
     set user_id = me, state = 'accepted', accepted_at = now(),
         organisation_id = case when m.kind = 'formal' then $2 end
   where id = m.id;
  perform audit.log('accept', m.participant_id, '', '[]');
  perform doors.queue_mail(p.user_id, '', 'waiting', '{}', null)
     from public.participants_participant p where p.id = m.participant_id;
  return 'ok';
end $$;

create or replace function doors.decline_invitation(token bytea) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare m bigint;
begin
  update public.supportgroups_invitation i set used_at = now()
   where i.token = $1 and i.used_at is null and i.withdrawn_at is null and i.expires_at > now()
  returning i.membership_id into m;
  if m is null then return false; end if;
  update public.supportgroups_membership set state = 'declined', ended_at = now() where id = m and state = 'invited';
  return found;
end $$;

-- Leave a group oneself. What the participant wrote stays with the participant.
create or replace function doors.leave(membership bigint, farewell text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare m public.supportgroups_membership;
begin
  select * into m from public.supportgroups_membership
   where id = $1 and user_id = authz.actor() and state in ('accepted', 'active', 'paused') for update;
  if not found then return false; end if;
  perform audit.log('leave', m.participant_id, '', '[]');
  update public.supportgroups_membership s
     set state = 'ended', ended_at = now(), farewell = left(coalesce($2, ''), 300) where s.id = m.id;
  update public.supportgroups_person set in_group = false where id = m.person_id;
  delete from public.supportgroups_share s where s.membership_id = m.id;
  delete from public.supportgroups_audience a where a.membership_id = m.id;
  delete from public.supportgroups_pass p where p.membership_id = m.id;
  delete from public.meetings_answer a using public.meetings_meeting me
   where a.membership_id = m.id and me.id = a.meeting_id and me.state in ('draft', 'proposed', 'fixed');
  return true;
end $$;

-- A break, and back again: the place stays, and shows nothing meanwhile.
create or replace function doors.rest(membership bigint, "on" boolean) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare whose bigint;
begin
  update public.supportgroups_membership m set state = case when $2 then 'paused' else 'active' end
   where m.id = $1 and m.user_id = authz.actor() and m.id = any ((select authz.places())::bigint[])
     and m.state = case when $2 then 'active' else 'paused' end
  returning m.participant_id into whose;
  if whose is null then return false; end if;
  perform audit.log('pause', whose, '', '[]');
  return true;
end $$;

-- How the participant calls me; the map itself stays closed.
create or replace function doors.my_name(membership bigint) returns text
language sql stable security definer set search_path = '' as $$
  select p.called from public.supportgroups_membership m
    join public.supportgroups_person p on p.id = m.person_id and p.participant_id = m.participant_id
   where m.id = $1 and m.id = any ((select authz.places())::bigint[])
$$;

-- Places that rest until the participant wants them back: when work or an account ends, in that very statement, and once
-- more when it begins, so that nothing opens by it. The administrator who ends it sees no memberships; the trigger does.
create or replace function private.rest_places() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  was boolean := tg_op <> 'INSERT' and old.active and old.function = 'professional';
  works boolean := tg_op <> 'DELETE' and new.active and new.function = 'professional';
begin
  if was and works and (old.user_id, old.organisation_id) = (new.user_id, new.organisation_id) then return null; end if;
  update public.supportgroups_membership m
     set state = 'resting', rests_since = now(), rests_because = 'work'
   where m.kind = 'formal' and m.state in ('active', 'paused')
     and ((was and (m.user_id, m.organisation_id) = (old.user_id, old.organisation_id))
       or (works and (m.user_id, m.organisation_id) = (new.user_id, new.organisation_id)));
  return null;
end $$;

create or replace function private.rest_places_of_account() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  update public.supportgroups_membership m
     set state = 'resting', rests_since = now(), rests_because = 'account'
   where m.user_id = new.id and m.state in ('active', 'paused');
  return null;
end $$;

-- Of the places in my group that rest: those whose holder could come back, if I want that.
create or replace function doors.could_come_back() returns bigint[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(m.id), '{}')
    from private.living m
    join public.herstel_user u on u.id = m.user_id and u.is_active
   where m.participant_id = authz.own() and m.state = 'resting'
$$;
