/*
title: {ja: 貸出端末に残る個人データ, en: What loaned devices still hold}
about:
  ja: >-
    貸出端末から読み出したフォルダーに何が残り、誰のもので、いつから誰が見られたか。端末ごとの行（種類が空の行）は貸出の可否です。
    貸出可は、返却後に読み出して（複数あれば最新のもの）全部を検査し、何も残らず、返却後の消去証明がある端末だけです。写真は撮影日時から、
    その他は前回の消去以後の貸出から借受人を求めます。読み出しの日時は中のファイルの最終更新で、端末そのものは見ていません。端末やSIM、回線の番号は数えません。
    借受人は符号で示します。
  en: >-
    What is left in what was read out of loaned devices, whose it is, and who could see it since when. A row without an
    item says whether the device may be lent: only where it was read out after its return (of several times the last
    counts), all of it was examined, nothing is left and a certificate says that it was wiped after the return.
    Pictures are a borrower's by the time they were taken, all else by the loans since the last wipe. The time of
    reading out is that of the last change in it; the device itself is not looked at. Numbers of devices, SIM cards and networks do not count. Borrowers are
    shown by keyed id.
parameters: {device: key:IMEI}
identity: [state, device, item, borrower, asset]
measure: items
gate: {where: "state IN ('lent-uncleared', 'offered-uncleared')", limit: 0, registers: [device, wipe]}
columns:
  state: {ja: 状態, en: State, words: state}
  device: {ja: 端末（符号）, en: Device (keyed id)}
  item: {ja: 残っているもの, en: What is left, words: residue}
  items: {ja: 件数, en: Items}
  severity: {ja: 重さ, en: Severity}
  persons: {ja: 本人（少なくとも）, en: Persons (at least)}
  borrower: {ja: 借受人（符号）, en: Borrower (keyed id)}
  borrowers: {ja: 借受人の候補, en: Borrowers it may be of}
  seen_by: {ja: その後の借受人（符号）, en: Later borrowers (keyed ids)}
  seen_since: {ja: 見られた日から, en: To be seen since}
  reasons: {ja: 理由, en: Reasons, words: reason}
  lent: {ja: 最後の貸出, en: Last lent}
  returned: {ja: 最後の返却, en: Last returned}
  wiped: {ja: 最後の消去証明, en: Last wiped}
  read_out: {ja: 読み出し, en: Read out}
  not_examined: {ja: 未検査, en: Not examined}
  asset: {ja: 資産, en: Asset}
  register: {ja: 台帳, en: Register, words: register}
*/
WITH grave(item, severity) AS (
    VALUES ('my-number', 5), ('special-care', 5), ('identity-document', 4), ('payment', 4), ('booking', 3),
           ('contacts', 3), ('located-picture', 3), ('other', 2), ('picture', 2)
),
shows(kind, item) AS (
    VALUES ('my_number_card_front', 'my-number'), ('my_number_card_back', 'my-number'),
           ('driver_license', 'identity-document'), ('health_insurance_card', 'identity-document'),
           ('residence_card', 'identity-document'), ('special_permanent_resident_certificate', 'identity-document'),
           ('passport', 'identity-document'), ('pension_number_card', 'identity-document'),
           ('student_card', 'identity-document'), ('employee_card', 'identity-document'),
           ('credit_card', 'payment'), ('bank_card', 'payment'), ('train_booking', 'booking'),
           ('transit_card', 'booking'), ('contact_list', 'contacts')
),
says(entity_type, item) AS (
    VALUES ('JP_MY_NUMBER', 'my-number'), ('JP_SPECIAL_CARE', 'special-care'), ('JP_DRIVER_LICENSE', 'identity-document'),
           ('JP_PASSPORT', 'identity-document'), ('JP_RESIDENCE_CARD', 'identity-document'),
           ('JP_HEALTH_INSURANCE', 'identity-document'), ('JP_CARE_INSURANCE', 'identity-document'),
           ('JP_PENSION_NUMBER', 'identity-document'), ('CREDIT_CARD', 'payment'), ('JP_BANK_ACCOUNT', 'payment'),
           ('JP_TRAIN_RESERVATION', 'booking'), ('JP_TRANSIT_CARD', 'booking'), ('FACE', 'picture')
),
-- Numbers a device has whoever holds it.
own_number(entity_type) AS (VALUES ('IMEI'), ('ICCID'), ('IP_ADDRESS')),
-- The company's own number of a device stands beside its IMEI in one of the registers.
alias AS (
    SELECT ref_key, any_value(device_key) AS also FROM current_record
    WHERE register IN ('device', 'wipe', 'extraction') AND ref_key IS NOT NULL AND device_key IS NOT NULL
    GROUP BY ref_key HAVING min(device_key) = max(device_key)
),
-- A wipe or a reading out that is yet to come (the clock of a phone, a slip of the pen) clears nothing.
told AS MATERIALIZED (
    SELECT register, asset_id, person_key,
           CASE WHEN register = 'device' OR moment <= latest THEN moment END AS moment, moment > latest AS ahead, ended,
           status, verified, unread, coalesce(device_key, also, ref_key) AS device
    FROM current_record LEFT JOIN alias USING (ref_key)
    CROSS JOIN (SELECT max(finished_at) + INTERVAL 1 DAY AS latest FROM current_source)
    WHERE register IN ('device', 'wipe', 'extraction')
          AND ($device IS NULL OR starts_with(lower(hex(coalesce(device_key, also, ref_key))), $device))
),
read_out AS (SELECT device, max(moment) AS read_out FROM told WHERE register = 'extraction' GROUP BY device),
-- What was read out of a device before the last time says nothing of what is on it now.
place AS (
    SELECT told.device, asset.device AS place, asset_id AS asset FROM told JOIN current_asset AS asset USING (asset_id)
    WHERE register = 'extraction' AND asset.device IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY told.device ORDER BY moment DESC, asset.device) = 1
),
-- Where the register says of wipes whether they succeeded, one that it says nothing readable of did not.
wipe AS (
    SELECT device, moment FROM told JOIN current_register AS declared USING (register, asset_id)
    WHERE register = 'wipe' AND moment IS NOT NULL AND coalesce(verified, NOT list_contains(roles, 'verified'))
),
loan AS MATERIALIZED (
    SELECT device, person_key, moment AS lent, ended AS returned FROM told WHERE register = 'device' AND moment IS NOT NULL
),
-- One row per device: its last loan, what was said to end it, the last wipe.
ledger AS (
    SELECT device, max(moment) AS lent,
           -- Of two loans that began on one day the one that ended later.
           max({lent: moment, ended: coalesce(ended, 'infinity'::TIMESTAMPTZ)}) FILTER (moment IS NOT NULL).ended AS last_return,
           max(ended) AS returned, arg_max(status, coalesce(moment, '-infinity'::TIMESTAMPTZ)) AS status,
           bool_or(list_has_any(unread, ['moment', 'ended']) OR (moment IS NULL AND person_key IS NOT NULL)) AS unread,
           min(asset_id) AS asset
    FROM told WHERE register = 'device' AND device IS NOT NULL GROUP BY device
),
wiped AS (SELECT device, max(moment) AS wiped FROM wipe GROUP BY device),
early AS (SELECT DISTINCT device FROM told WHERE register <> 'device' AND ahead),
inside AS MATERIALIZED (
    SELECT asset.asset_id, place.device FROM current_asset AS asset
    JOIN place ON place.place = asset.device WHERE asset.kind <> 'device'
),
unread AS (
    SELECT device, count(*) AS parts FROM current_part JOIN inside USING (asset_id)
    WHERE status <> 'examined' GROUP BY device
),
settled AS (SELECT asset_id, field, entity_type FROM current_triage WHERE suppressed),
found AS MATERIALIZED (
    SELECT device, asset_id, "index", row, coalesce(page, 1) AS page, entity_type, value_key,
           coalesce(item, 'other') AS item
    FROM current_finding JOIN inside USING (asset_id) ANTI JOIN settled USING (asset_id, field, entity_type)
    ANTI JOIN own_number USING (entity_type) LEFT JOIN says USING (entity_type) WHERE personal
),
first_lent AS (SELECT device, min(lent) AS since FROM loan GROUP BY device),
-- Each picture, and each other cell or text, once, as the gravest that is in it; each table once per kind.
pictured AS (
    SELECT device, asset_id, "index", row, page, captured, item FROM current_picture JOIN inside USING (asset_id)
    JOIN shows USING (kind)
    UNION ALL
    SELECT device, asset_id, "index", row, page, captured, item
    FROM current_picture JOIN found USING (asset_id, "index", row, page)
    UNION ALL
    -- What was taken before the first loan is the shop's own.
    SELECT device, asset_id, "index", row, page, captured, CASE WHEN located THEN 'located-picture' ELSE 'picture' END
    FROM current_picture JOIN inside USING (asset_id) JOIN first_lent USING (device)
    WHERE captured >= since OR (located AND captured IS NULL)
),
written AS (
    SELECT device, asset_id, "index", row, page, NULL::TIMESTAMPTZ AS captured, item
    FROM found ANTI JOIN current_picture USING (asset_id, "index", row, page)
),
single AS (
    SELECT device, captured, arg_max(item, severity) AS item, 1 AS items
    FROM (FROM pictured UNION ALL FROM written) JOIN grave USING (item)
    GROUP BY device, asset_id, "index", row, page, captured
),
tabled AS (
    SELECT device, NULL::TIMESTAMPTZ AS captured, coalesce(item, 'contacts') AS item, max("values") AS items
    FROM current_field JOIN inside USING (asset_id) ANTI JOIN settled USING (asset_id, field, entity_type)
    JOIN entity USING (entity_type) ANTI JOIN own_number USING (entity_type) LEFT JOIN says USING (entity_type)
    WHERE current_field.kind = 'typed' AND entity.personal GROUP BY device, asset_id, coalesce(item, 'contacts')
),
unit AS MATERIALIZED (
    SELECT row_number() OVER () AS id, * FROM (FROM single UNION ALL BY NAME FROM tabled)
),
-- The loans it may come from: the one during which a picture was taken, else those since the last wipe before it was
-- read out.
candidate AS MATERIALIZED (
    SELECT id, person_key, lent,
           (SELECT min(moment) FROM wipe WHERE wipe.device = unit.device AND moment > read_out.read_out) AS gone
    FROM unit JOIN loan USING (device) LEFT JOIN read_out USING (device)
    WHERE CASE WHEN captured IS NOT NULL THEN captured BETWEEN lent AND coalesce(returned, 'infinity')
               ELSE lent < coalesce(read_out, 'infinity')
                    AND coalesce(returned, 'infinity') > coalesce(
                        (SELECT max(moment) FROM wipe WHERE wipe.device = unit.device AND moment < read_out.read_out),
                        '-infinity') END
),
whose AS (
    -- Loans of one person are one borrower's; whoever has no number may be anybody.
    SELECT id, count(DISTINCT person_key) + count(*) FILTER (person_key IS NULL) AS borrowers,
           CASE WHEN borrowers = 1 THEN any_value(person_key) END AS person_key, min(lent) AS since, any_value(gone) AS gone
    FROM candidate GROUP BY id
),
seen AS (
    SELECT id, loan.person_key AS viewer, loan.lent
    FROM unit JOIN whose USING (id) JOIN loan USING (device)
    WHERE loan.lent > since AND (gone IS NULL OR loan.lent < gone) AND loan.person_key IS DISTINCT FROM whose.person_key
),
left_over AS (
    SELECT device, item, whose.person_key, sum(items) AS items, max(borrowers) AS borrowers
    FROM unit LEFT JOIN whose USING (id) GROUP BY device, item, whose.person_key
),
viewed AS (
    SELECT device, item, whose.person_key, list(DISTINCT short_key(viewer) ORDER BY short_key(viewer)) AS seen_by,
           min(lent) AS seen_since
    FROM unit JOIN seen USING (id) LEFT JOIN whose USING (id) GROUP BY device, item, whose.person_key
),
named AS (
    SELECT device, item, entity_type, value_key FROM found WHERE value_key IS NOT NULL
    UNION ALL
    SELECT device, coalesce(says.item, 'contacts'), entity_type, value_key
    FROM current_value_key JOIN inside USING (asset_id) LEFT JOIN says USING (entity_type)
),
counted AS (
    SELECT device, item, count(DISTINCT value_key) AS persons FROM named
    WHERE entity_type IN ('PERSON', 'PHONE_NUMBER', 'EMAIL_ADDRESS', 'PERSONAL_ID') GROUP BY device, item, entity_type
),
per_item AS (SELECT device, item, max(persons) AS persons FROM counted GROUP BY device, item),
per_device AS (
    SELECT device, max(persons) AS persons
    FROM (SELECT device, count(DISTINCT value_key) AS persons FROM named
          WHERE entity_type IN ('PERSON', 'PHONE_NUMBER', 'EMAIL_ADDRESS', 'PERSONAL_ID') GROUP BY device, entity_type)
    GROUP BY device
),
residue AS (
    SELECT device, sum(items) AS items, max(severity) AS severity FROM unit JOIN grave USING (item) GROUP BY device
),
known AS (SELECT DISTINCT device FROM told WHERE register IN ('device', 'extraction') AND device IS NOT NULL),
judged AS (
    SELECT known.device, coalesce(place.asset, ledger.asset) AS asset, ledger.lent, ledger.status,
           last_return = 'infinity' AND ledger.lent IS NOT NULL AS on_loan, ledger.returned, wiped, read_out, items,
           severity, coalesce(parts, 0) AS not_examined,
           list_filter([
               CASE WHEN ledger.device IS NULL THEN 'not-in-ledger' END,
               CASE WHEN ledger.unread THEN 'unreadable-date' END,
               CASE WHEN early.device IS NOT NULL THEN 'future-date' END,
               CASE WHEN items > setting_of('device_residue_limit') THEN 'residue' END,
               CASE WHEN ledger.returned IS NULL THEN NULL
                    WHEN read_out IS NULL THEN 'never-read-out'
                    WHEN read_out < ledger.returned THEN 'read-out-before-return' END,
               CASE WHEN parts > 0 THEN 'part-not-examined' END,
               CASE WHEN ledger.returned IS NULL THEN NULL
                    WHEN wiped IS NULL THEN 'no-wipe'
                    WHEN wiped < ledger.returned THEN 'wiped-before-return' END
           ], lambda each: each IS NOT NULL) AS reasons
    FROM known LEFT JOIN ledger USING (device) LEFT JOIN wiped USING (device) LEFT JOIN read_out USING (device)
    LEFT JOIN residue USING (device) LEFT JOIN unread USING (device) LEFT JOIN place USING (device)
    LEFT JOIN early USING (device)
),
-- What is read out of a device during a loan may be that borrower's: of the ones before it says nothing.
stated AS (
    SELECT *,
           CASE WHEN on_loan AND len(list_filter(reasons, lambda each: each <> 'residue' OR read_out < lent)) > 0
                     THEN 'lent-uncleared'
                WHEN on_loan THEN 'on-loan'
                WHEN len(reasons) = 0 THEN 'lendable'
                WHEN setting_for('lendable_status', status) > 0 THEN 'offered-uncleared'
                ELSE 'not-lendable' END AS state
    FROM judged
),
listed AS (
    SELECT state, state AS sorted_by, stated.device, stated.items, stated.severity, persons,
           list_distinct(flatten(list(seen_by) FILTER (seen_by IS NOT NULL))) AS seen_by, min(seen_since) AS seen_since,
           reasons, lent, returned, wiped, read_out, not_examined, asset
    FROM stated LEFT JOIN per_device USING (device) LEFT JOIN viewed USING (device)
    GROUP BY ALL
    UNION ALL BY NAME
    SELECT 'residual' AS state, state AS sorted_by, device, item, left_over.items, grave.severity, per_item.persons,
           left_over.person_key, borrowers, viewed.seen_by, viewed.seen_since, asset
    FROM left_over JOIN stated USING (device) JOIN grave USING (item) LEFT JOIN per_item USING (device, item)
    LEFT JOIN viewed ON viewed.device = left_over.device AND viewed.item = left_over.item
                        AND viewed.person_key IS NOT DISTINCT FROM left_over.person_key
    UNION ALL BY NAME
    SELECT state, state AS sorted_by, [reason] AS reasons, register, asset, parts AS not_examined
    FROM register_gaps(['device', 'wipe', 'extraction'])
)
SELECT state, short_key(device) AS device, item, items::BIGINT AS items, severity::BIGINT AS severity,
       persons::BIGINT AS persons, short_key(person_key) AS borrower, borrowers::BIGINT AS borrowers,
       list_sort(seen_by) AS seen_by, local_day(seen_since) AS seen_since, reasons, local_day(lent) AS lent,
       local_day(returned) AS returned, local_day(wiped) AS wiped, local_day(read_out) AS read_out,
       nullif(not_examined, 0)::BIGINT AS not_examined, asset, register
FROM listed
ORDER BY list_position(['not-declared', 'unknown', 'lent-uncleared', 'offered-uncleared', 'not-lendable', 'on-loan',
                        'lendable'], sorted_by), device, item IS NOT NULL, severity DESC, item, borrower, asset,
         register
