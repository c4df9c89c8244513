-- Getting in, and what a browser keeps between pages. Owned by herstel_doors; nobody else touches these tables.
--
-- `app.session` is the hash of the key in the browser's cookie; the row stands under the hash of that. So neither what a
-- statement holds nor what the table holds can be put in a cookie, and only the second is ever stored.

-- Six digits that cannot be guessed: 48 random bits (PostgreSQL's own strong source) make each as likely as another.
create or replace function private.random_digits() returns text
language sql volatile set search_path = '' as $$
  select lpad((('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint % 1000000)::text, 6, '0')
$$;

-- 192 bits for a link, in letters that an address may hold.
create or replace function private.random_token() returns text
language sql volatile set search_path = '' as $$
  select left(translate(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'), '+/=', '-_'), 32)
$$;

-- For what counts or looks before it does something: an older snapshot would not see what others did meanwhile.
create or replace function private.latest_only() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise insufficient_privilege using message = 'not with an older snapshot';
  end if;
end $$;

-- Does the web process vouch for this? HMAC-SHA256 with a key that SQL in the web process cannot read.
create or replace function private.vouched(words text, proof bytea) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from public.herstel_voucher k
                  where $2 = sha256(k.outer_pad || sha256(k.inner_pad || convert_to($1, 'UTF8'))))
$$;

-- The row of the browser that this request comes from, or null.
create or replace function doors.this_session() returns bigint
language sql stable security definer set search_path = '' as $$
  select s.id from public.herstel_session s
   where current_setting('app.session', true) <> ''
     and s.key = sha256(decode(current_setting('app.session', true), 'hex')) and s.ends_at > now()
$$;

-- What a browser kept, and how whoever is signed in wants their screen: every page asks both.
-- `away`: somebody was signed in here and was gone for too long; it is forgotten at once.
create or replace function doors.load_session(
  token bytea, out data text, out user_id bigint, out away boolean, out preference jsonb)
language plpgsql volatile security definer set search_path = '' as $$
declare s public.herstel_session;
begin
  select * into s from public.herstel_session f where f.key = sha256(token);
  if not found then return; end if;
  away := s.user_id is not null and (s.ends_at <= now() or s.seen_at + s.idle <= now());
  if away or s.ends_at <= now() then
    delete from public.herstel_session f where f.id = s.id;
    return;
  end if;
  if s.seen_at < now() - interval '1 minute' then
    update public.herstel_session f set seen_at = now() where f.id = s.id;
  end if;
  data := s.data;
  user_id := s.user_id;
  preference := (select to_jsonb(p) from public.herstel_preference p where p.user_id = s.user_id);
end $$;

-- Keep it. Who is signed in, and until when, is not the browser's to say. False: there is no such row (any more).
create or replace function doors.save_session(token bytea, data text, until timestamptz, fresh boolean) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if fresh then
    insert into public.herstel_session (key, data, agent, created_at, seen_at, ends_at)
    values (sha256(token), $2, '', now(), now(), least(until, now() + interval '90 days')) on conflict do nothing;
  else
    update public.herstel_session s
       set data = $2,
           ends_at = case when s.user_id is null then least(until, now() + interval '90 days') else s.ends_at end
     where s.key = sha256(token);
  end if;
  return found;
end $$;

-- The same browser under another key: whoever planted the old one loses it.
create or replace function doors.rename_session(old bytea, new bytea) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare moved int;
begin
  update public.herstel_session s set key = sha256(new) where s.key = sha256(old);
  get diagnostics moved = row_count;
  if current_setting('app.session', true) = encode(old, 'hex') then
    perform set_config('app.session', encode(new, 'hex'), true);
  end if;
  return moved > 0;
end $$;

create or replace function doors.end_session(token bytea) returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.herstel_session s where s.key = sha256(token)
$$;

-- Where am I signed in?
create or replace function doors.my_sessions() returns table (agent text, created_at timestamptz, here boolean)
language sql stable security definer set search_path = '' as $$
  select s.agent, s.created_at, s.id = doors.this_session() from public.herstel_session s
   where s.user_id = authz.actor() and s.ends_at > now() and s.seen_at + s.idle > now()
   order by s.created_at desc
$$;

-- Out on all my browsers; `here`: on this one too. And no browser is a known one any more.
create or replace function doors.end_my_sessions(here boolean) returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.herstel_knownbrowser k where k.user_id = authz.actor();
  delete from public.herstel_session s
   where s.user_id = authz.actor() and ($1 or s.id is distinct from doors.this_session())
$$;

-- --- codes ----------------------------------------------------------------------------------------------------------
-- Mail a code and a link to an address. What is sent is made here and nowhere else, so that nobody who can only run SQL
-- learns it. Limits (docs/adr/0028): five mails in the quarter of an hour that a link lives, for all browsers that are
-- strange to this address together, so that whoever is refused has a link that works; known browsers count for
-- themselves. Says: sent | often, and the number of the mail.
create or replace function doors.send_code(
  address text, purpose text, browser bytea, language text, out said text, out mail bigint)
language plpgsql volatile security definer set search_path = '' as $$
declare
  here bigint := doors.this_session();
  familiar boolean;
  kept_device bytea;
  digits text := private.random_digits();
  link text := private.random_token();
  kept bytea := sha256(sha256(convert_to(link, 'UTF8')));
begin
  address := lower(trim(address));
  if here is null or (purpose <> 'enter' and not exists (
       select from public.herstel_user u where u.id = authz.actor() and u.email = send_code.address)) then
    raise insufficient_privilege using message = 'a code is mailed for a browser, or to whoever is signed in on it';
  end if;
  if address !~ '^[^[:space:]<>,;"]+@[^[:space:]<>,;"]+$' then
    raise insufficient_privilege using message = 'this is no mail address';
  end if;
  perform private.latest_only();
  perform pg_advisory_xact_lock(hashtextextended(address, 0));
  familiar := purpose <> 'enter' or private.is_known(address, browser);
  -- Whoever is signed in counts by the account (and so by the address), a known browser by its own cookie.
  kept_device := case when familiar and purpose = 'enter' then sha256(browser) end;
  if (select count(*) from public.herstel_signin s
       where s.address = send_code.address and s.known = familiar and s.device is not distinct from kept_device
         and s.sent_at > now() - interval '15 minutes') >= 5 then
    said := 'often';
    return;
  end if;
  insert into public.herstel_signin (address, purpose, session_id, known, device, code, link, sent_at, expires_at, tries)
  values (address, purpose, here, familiar, kept_device, sha256(kept || convert_to(digits, 'UTF8')), kept, now(),
          now() + interval '15 minutes', 0);
  insert into public.herstel_outgoingmail (key, address, template, context, send_at)
  values (gen_random_uuid(), address, 'code',
          jsonb_build_object('code', left(digits, 3) || ' ' || right(digits, 3), 'language', left(language, 2))
          || case when purpose = 'enter' then jsonb_build_object('link', link) else '{}' end, now())
  returning id into mail;
  said := 'sent';
end $$;

-- Has this browser signed in as this address before, as a device of one's own?
create or replace function private.is_known(address text, browser bytea) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from public.herstel_knownbrowser k join public.herstel_user u on u.id = k.user_id
                  where u.email = $1 and k.token = sha256($2) and k.at > now() - interval '400 days')
$$;

-- Try a code on the browser that asked for it; the newest three that it asked for count. The web process vouches that
-- somebody typed it here: SQL alone could try them all and take each wrong try back.
-- Says: ok | wrong (and how many tries are left) | old | older (a newer one was sent) | often (no tries left today)
create or replace function doors.check_code(
  address text, purpose text, typed text, proof bytea, out said text, out tries_left int)
language plpgsql volatile security definer set search_path = '' as $$
declare
  here bigint := doors.this_session();
  asked public.herstel_signin[];
  newest public.herstel_signin;
  one public.herstel_signin;
begin
  if not private.vouched(concat_ws(':', current_setting('app.session', true), purpose, address, typed), proof) then
    raise insufficient_privilege using message = 'nobody vouched for this';
  end if;
  address := lower(trim(address));
  perform pg_advisory_xact_lock(hashtextextended(address, 0));
  select array_agg(s order by s.id desc) into asked from public.herstel_signin s
   where s.address = check_code.address and s.purpose = check_code.purpose and s.session_id = here
     and s.used_at is null and s.expires_at > now();
  newest := asked[1];
  if newest is null or newest.tries >= 5 then said := 'old'; return; end if;
  if (select coalesce(sum(s.tries), 0) from public.herstel_signin s
       where s.address = check_code.address and s.known = newest.known and s.device is not distinct from newest.device
         and s.sent_at > now() - interval '1 day') >= 60 then
    said := 'often';
    return;
  end if;
  foreach one in array asked loop
    if one.code = sha256(one.link || convert_to(typed, 'UTF8')) then
      if one.id < coalesce((asked[3]).id, 0) then said := 'older'; return; end if;
      update public.herstel_signin s set used_at = now()
       where s.address = check_code.address and s.purpose = check_code.purpose and s.session_id = here;
      said := case when purpose <> 'enter' or private.enter_as(address) then 'ok' else 'old' end;
      return;
    end if;
  end loop;
  update public.herstel_signin s set tries = s.tries + 1 where s.id = newest.id;
  said := 'wrong';
  tries_left := 4 - newest.tries;
end $$;

-- The address that a mailed link went to, as long as it works; and taking it, once, on whichever browser.
create or replace function doors.address_of_link(link bytea) returns text
language sql stable security definer set search_path = '' as $$
  select s.address from public.herstel_signin s where s.link = sha256($1) and s.used_at is null and s.expires_at > now()
$$;

create or replace function doors.use_link(link bytea) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare whose text;
begin
  update public.herstel_signin s set used_at = now()
   where s.link = sha256($1) and s.used_at is null and s.expires_at > now() and s.purpose = 'enter'
  returning s.address into whose;
  return whose is not null and private.enter_as(whose);
end $$;

-- This browser showed to be this person; whoever else was signed in on it no longer is.
create or replace function private.prove(person bigint) returns void
language sql volatile security definer set search_path = '' as $$
  update public.herstel_session s
     set proved_id = person, proved_at = now(), user_id = case when s.user_id = person then person end
   where s.id = doors.this_session()
$$;

-- For the two above and nobody else: this browser showed that it reads the mail of this address. Makes the account the
-- first time. Nobody is signed in yet: a second factor may follow.
create or replace function private.enter_as(address text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare who bigint;
begin
  insert into public.herstel_user (email, password, is_active, joined_at)
  values ($1, '!' || replace(gen_random_uuid()::text, '-', ''), true, now()) on conflict (email) do nothing;
  select u.id into who from public.herstel_user u where u.email = $1 and u.is_active;
  if who is null then return false; end if;
  perform private.prove(who);
  return true;
end $$;

-- A passkey or an organisation's own sign-in cannot be checked by the database. The web process vouches for what it
-- checked, for this browser's session and this person.
-- An organisation says so of who works there, by their own yes.
create or replace function doors.vouch(person bigint, proof bytea, organisation text default null) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.vouched(concat_ws(':', current_setting('app.session', true), person, organisation), proof) then
    raise insufficient_privilege using message = 'nobody vouched for this';
  end if;
  if not exists (select from public.herstel_user u where u.id = person and u.is_active) then return false; end if;
  if organisation is not null and not exists (
       select from public.participants_employment e join public.participants_organisation o on o.id = e.organisation_id
        where e.user_id = person and o.name = $3 and e.active) then return false; end if;
  perform private.prove(person);
  return true;
end $$;

-- Sign in whoever this browser showed to be, for as long as suits what they are: at work a quarter of an hour without
-- doing anything and 12 hours in all, on one's own device 90 days, elsewhere half an hour and 12 hours in all. An own device is known from then on.
-- Says whether the session outlives the browser's window; null: nothing was shown.
create or replace function doors.open_session(own boolean, agent text, browser bytea) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare who bigint := null; lasting boolean;
begin
  select s.proved_id into who from public.herstel_session s
   where s.id = doors.this_session() and s.proved_at > now() - interval '15 minutes';
  if who is null then return null; end if;
  lasting := own and not private.works(who);
  update public.herstel_session s
     set user_id = who, proved_id = null, proved_at = null, agent = left(open_session.agent, 200),
         created_at = now(), seen_at = now(),
         idle = case when private.works(who) then interval '15 minutes' when own then interval '90 days' else interval '30 minutes' end,
         ends_at = now() + case when lasting then interval '90 days' else interval '12 hours' end
   where s.id = doors.this_session();
  if own and browser is not null then
    insert into public.herstel_knownbrowser (user_id, token, at) values (who, sha256(browser), now())
    on conflict (user_id, token) do update set at = now();
  end if;
  return lasting;
end $$;

-- Does this person work with Kring, in whatever function?
create or replace function private.works(person bigint) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from public.participants_employment e where e.user_id = $1 and e.active)
$$;

-- Does whoever showed a code or key here work with Kring? Asked before anybody is signed in.
create or replace function doors.proved_at_work() returns boolean
language sql stable security definer set search_path = '' as $$
  select private.works(authz.proved())
$$;

-- The end of a job or an account ends every session; the beginning of a job shortens them. For triggers.
create or replace function private.work_changed() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if tg_op <> 'INSERT' and old.active and (tg_op = 'DELETE' or not new.active or new.user_id <> old.user_id) then
    delete from public.herstel_session s where s.user_id = old.user_id or s.proved_id = old.user_id;
  end if;
  if tg_op <> 'DELETE' and new.active then
    update public.herstel_session s
       set idle = least(s.idle, interval '15 minutes'), ends_at = least(s.ends_at, now() + interval '12 hours')
     where s.user_id = new.user_id;
  end if;
  return null;
end $$;

create or replace function private.account_closed() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  delete from public.herstel_session s where s.user_id = new.id or s.proved_id = new.id;
  return new;
end $$;

-- An account for somebody who begins to work: by whoever manages people somewhere.
create or replace function doors.account_for_work(address text) returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare who bigint;
begin
  if cardinality(authz.administers()) = 0 then
    raise insufficient_privilege using message = 'only administrators make accounts';
  end if;
  insert into public.herstel_user (email, password, is_active, joined_at)
  values (lower(trim($1)), '!' || replace(gen_random_uuid()::text, '-', ''), true, now()) on conflict (email) do nothing;
  select u.id into who from public.herstel_user u where u.email = lower(trim($1));
  return who;
end $$;

-- The link of one person in a mail: mails off, and nothing else. Made with the same key as a voucher.
create or replace function doors.mails_off(person bigint, proof bytea, act boolean) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not private.vouched('mails-off:' || person, proof)
     or not exists (select from public.herstel_user u where u.id = person) then
    return false;
  end if;
  if act then
    insert into public.herstel_preference (user_id, colour, calm, letters, language, reading, show_looked, mails)
    values (person, '', false, '', '', '', true, 'none')
    on conflict (user_id) do update set mails = 'none';
  end if;
  return true;
end $$;
