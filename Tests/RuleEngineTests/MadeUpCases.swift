/// Cases of the made-up country: each rule denies once and lets pass once, mostly at its boundary. 2026-11-23 is a Monday;
/// in the east the clock is five hours behind UTC, on 2027-03-14 it goes forward and on 2026-11-01 it went back.
let madeUpCases = """
    defaults:
      at: 2026-11-23T10:30:00-05:00
      call: {phone: mobile-1, caller_id: "+33199000099", mode: live, product: loan}
      facts:
        consents: [{purposes: [marketing], products: [loan, card], form: click, obtained_at: 2026-06-01T10:00:00-05:00}]
    cases:
      - name: Marketing in the morning with a consent is allowed
        call: {purpose: marketing}
        expect: {verdict: allow, rules: [], valid_until: 2026-11-23T10:31:30-05:00, jurisdictions: [ZZ], local_time: 2026-11-23T10:30:00-05:00, obligations: [identify, {kind: retain_recording, days: 30}]}
      - name: A pager is not called
        call: {purpose: marketing, phone: pager-1}
        expect: {rules: [zz.destination.types, zz.destination.denied], kinds: [destination], retry_at: null}
      - name: An odd number is left to its own rule
        call: {purpose: marketing, phone: odd-1}
        expect: {rules: [zz.destination.denied]}
      - name: A voip line is of no permitted type
        call: {purpose: marketing, phone: voip-1}
        expect: {rules: [zz.destination.types]}
      - name: A call without a caller id is denied
        call: {purpose: marketing, caller_id: null}
        expect: {rules: [zz.caller_id.registered], kinds: [caller_id]}
      - name: A fraud alert needs no caller id
        call: {purpose: fraud_alert, event: E, caller_id: null}
        expect: {verdict: allow}
      - name: A caller id that is not registered is denied
        call: {purpose: marketing}
        facts: {caller_ids: [{number: "+33199000098"}]}
        expect: {rules: [zz.caller_id.registered]}
      - name: A caller id of another purpose is denied
        call: {purpose: marketing}
        facts: {caller_ids: [{number: "+33199000099", purposes: [care]}]}
        expect: {rules: [zz.caller_id.registered]}
      - name: A caller id with two entries is taken by the one that fits
        call: {purpose: marketing}
        facts: {caller_ids: [{number: "+33199000099", purposes: [care]}, {number: "+33199000099", purposes: [marketing]}]}
        expect: {verdict: allow}
      - name: Caller ids that cannot be looked up deny
        call: {purpose: marketing}
        facts: {unavailable: [caller_ids]}
        expect: {rules: [zz.caller_id.registered], kinds: [unavailable]}
      - name: A forbidden caller id needs no look-up
        call: {purpose: fraud_alert, event: E, caller_id: "6661"}
        facts: {unavailable: [caller_ids]}
        expect: {rules: [zz.caller_id.ranges], kinds: [caller_id]}
      - name: A refused purpose is denied and its void consent is not told beside it
        call: {purpose: marketing}
        facts: {opt_outs: [{purposes: [marketing], strength: explicit, at: 2026-07-01T10:00:00-05:00}]}
        expect: {rules: [zz.suppression.refusal], kinds: [suppression], retry_at: null}
      - name: A refusal of another purpose does not count
        call: {purpose: marketing}
        facts: {opt_outs: [{purposes: [care], strength: explicit, at: 2026-07-01T10:00:00-05:00}]}
        expect: {verdict: allow}
      - name: A lifted refusal leaves the older consent void
        call: {purpose: marketing}
        facts: {opt_outs: [{purposes: [marketing], strength: explicit, at: 2026-07-01T10:00:00-05:00, lifted_at: 2026-08-01T10:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing], kinds: [consent]}
      - name: A refusal lifted this second stands no longer
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {opt_outs: [{purposes: [all], strength: explicit, at: 2026-07-01T10:00:00-05:00, lifted_at: 2026-11-23T10:30:00-05:00}]}
        expect: {verdict: allow}
      - name: A refusal that will be lifted stands until then
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {opt_outs: [{purposes: [all], strength: explicit, at: 2026-07-01T10:00:00-05:00, lifted_at: 2026-11-23T10:30:01-05:00}]}
        expect: {rules: [zz.suppression.refusal], retry_at: 2026-11-23T10:30:01-05:00}
      - name: A refusal of the same number by another customer counts
        call: {purpose: care, customer: A, attributes: {colour: blue, age: 40}}
        facts: {opt_outs: [{phone: mobile-1, customer: B, purposes: [care], at: 2026-07-01T10:00:00-05:00}]}
        expect: {rules: [zz.suppression.refusal]}
      - name: A refusal of the same customer at another number counts
        call: {purpose: care, customer: A, attributes: {colour: blue, age: 40}}
        facts: {opt_outs: [{phone: mobile-2, customer: A, purposes: [care], at: 2026-07-01T10:00:00-05:00}]}
        expect: {rules: [zz.suppression.refusal]}
      - name: A refusal of another customer at another number does not count
        call: {purpose: care, customer: A, attributes: {colour: blue, age: 40}}
        facts: {opt_outs: [{phone: mobile-2, customer: B, purposes: [care], at: 2026-07-01T10:00:00-05:00}]}
        expect: {verdict: allow}
      - name: Refusals that cannot be looked up deny
        call: {purpose: collection, customer: C, event: E}
        facts: {unavailable: [refusals]}
        expect: {rules: [zz.suppression.refusal], kinds: [unavailable]}
      - name: A fraud alert does without refusals and says so
        call: {purpose: fraud_alert, event: E}
        facts: {unavailable: [refusals]}
        expect: {verdict: allow, stood_aside: [zz.suppression.refusal]}
      - name: A soft refusal rests through its last second
        call: {purpose: marketing}
        facts: {opt_outs: [{purposes: [marketing], strength: soft, at: 2026-08-25T10:30:01-05:00}]}
        expect: {rules: [zz.suppression.soft], retry_at: 2026-11-23T10:30:01-05:00}
      - name: A soft refusal exactly ninety days old has rested
        call: {purpose: marketing}
        facts: {opt_outs: [{purposes: [marketing], strength: soft, at: 2026-08-25T10:30:00-05:00}]}
        expect: {verdict: allow}
      - name: A survey waits thirty days after any refusal, lifted or not
        call: {purpose: survey}
        facts: {opt_outs: [{purposes: [care], strength: soft, at: 2026-11-01T10:30:00-05:00, lifted_at: 2026-11-02T10:30:00-05:00}]}
        expect: {rules: [zz.suppression.recent], retry_at: 2026-12-01T10:30:00-05:00}
      - name: A survey after thirty days is allowed
        call: {purpose: survey}
        facts: {opt_outs: [{purposes: [care], strength: soft, at: 2026-10-24T10:30:00-05:00}]}
        expect: {verdict: allow}
      - name: A complaint stops marketing after it is closed
        call: {purpose: marketing}
        facts: {complaints: [{received_at: 2026-01-01T10:00:00-05:00, closed_at: 2026-02-01T10:00:00-05:00}]}
        expect: {rules: [zz.suppression.complaint]}
      - name: An open complaint stops care until it is closed
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {complaints: [{received_at: 2026-01-01T10:00:00-05:00, closed_at: 2026-11-23T11:00:00-05:00}]}
        expect: {rules: [zz.suppression.complaint_open], retry_at: 2026-11-23T11:00:00-05:00}
      - name: A closed complaint lets care pass
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {complaints: [{received_at: 2026-01-01T10:00:00-05:00, closed_at: 2026-11-23T10:30:00-05:00}]}
        expect: {verdict: allow}
      - name: A listed number is denied
        call: {purpose: marketing}
        facts: {lists: {zz-dnc: {listed: true}}}
        expect: {rules: [zz.suppression.lists], kinds: [suppression]}
      - name: A number listed from the next second on is allowed until then
        call: {purpose: marketing}
        facts: {lists: {zz-dnc: {listed: true, since: 2026-11-23T10:30:01-05:00}}}
        expect: {verdict: allow, valid_until: 2026-11-23T10:30:01-05:00}
      - name: A number listed up to this second is allowed
        call: {purpose: marketing}
        facts: {lists: {zz-dnc: {listed: true, until: 2026-11-23T10:30:00-05:00}}}
        expect: {verdict: allow}
      - name: A stale list denies with freshness under both rules
        call: {purpose: marketing}
        facts: {lists: {zz-dnc: {listed: false, state: stale}}}
        expect: {rules: [zz.suppression.lists, zz.freshness.dnc], kinds: [freshness]}
      - name: A match on one list outweighs that the other is not fresh
        call: {purpose: marketing}
        facts: {lists: {zz-dnc: {listed: false, state: uncovered}, deceased: {listed: true}}}
        expect: {kinds: [suppression, freshness], rules: [zz.suppression.lists, zz.freshness.dnc]}
      - name: A record counts whatever the version of the list says
        call: {purpose: marketing}
        facts: {list_records: [{list: deceased, at: 2026-01-01T10:00:00-05:00}], lists: {deceased: {listed: false}}}
        expect: {rules: [zz.suppression.lists]}
      - name: A lifted record does not count
        call: {purpose: marketing}
        facts: {list_records: [{list: deceased, at: 2026-01-01T10:00:00-05:00, lifted_at: 2026-11-23T10:30:00-05:00}]}
        expect: {verdict: allow}
      - name: The owner's lists that cannot be looked up deny
        call: {purpose: marketing}
        facts: {unavailable: [owner]}
        expect: {rules: [zz.suppression.lists], kinds: [unavailable]}
      - name: A carrier's refusal of the call's product counts
        call: {purpose: marketing}
        facts: {lists: {carrier-refusal: {listed: true, category: loan}}}
        expect: {rules: [zz.suppression.category]}
      - name: A carrier's refusal of another product does not count
        call: {purpose: marketing}
        facts: {lists: {carrier-refusal: {listed: true, category: card}}}
        expect: {verdict: allow}
      - name: A list that no rule names binds every call
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {lists: {village: {listed: true}}}
        expect: {rules: [core.lists]}
      - name: A list for another purpose does not bind
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {lists: {village: {listed: true, purposes: [marketing]}}}
        expect: {verdict: allow}
      - name: A list that is not active denies the calls that depend on it
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {lists: {village: {state: missing}}}
        expect: {rules: [core.lists], kinds: [freshness]}
      - name: A survey waits sixty days after a survey that was answered
        call: {purpose: survey}
        facts: {attempts: [{at: 2026-09-24T10:30:01-05:00, purpose: survey, outcome: answered}]}
        expect: {rules: [zz.suppression.asked], retry_at: 2026-11-23T10:30:01-05:00}
      - name: A survey sixty days after a survey is allowed
        call: {purpose: survey}
        facts: {attempts: [{at: 2026-09-24T10:30:00-05:00, purpose: survey, outcome: answered}]}
        expect: {verdict: allow}
      - name: A survey of another number and customer does not count
        call: {purpose: survey}
        facts: {attempts: [{phone: mobile-2, at: 2026-11-20T10:30:00-05:00, purpose: survey, outcome: answered}]}
        expect: {verdict: allow}
      - name: Marketing without a consent is denied
        call: {purpose: marketing}
        facts: {consents: []}
        expect: {rules: [zz.consent.marketing]}
      - name: A consent to another product is denied
        call: {purpose: marketing, product: card}
        facts: {consents: [{purposes: [marketing], products: [loan], form: click, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing]}
      - name: A consent to all products is not taken
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], products: [all], form: click, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing]}
      - name: A consent to all modes does not cover a predictive dialer here
        call: {purpose: marketing, mode: predictive}
        facts: {consents: [{purposes: [marketing], modes: [all], form: click, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing]}
      - name: A consent that states no modes covers a predictive dialer
        call: {purpose: marketing, mode: predictive}
        expect: {verdict: allow}
      - name: A consent that states no modes does not cover a recording
        call: {purpose: marketing, mode: prerecorded}
        expect: {rules: [zz.consent.marketing]}
      - name: A consent in another form is denied
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: express, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing]}
      - name: A bundled consent is denied
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: click, bundled: true, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing]}
      - name: A consent given to a partner is denied
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: click, third_party: true, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing]}
      - name: A consent of twelve months to the second is allowed
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: click, obtained_at: 2025-11-23T10:30:00-05:00}]}
        expect: {verdict: allow, valid_until: 2026-11-23T10:30:00-05:00}
      - name: A consent of twelve months and a second is denied
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: click, obtained_at: 2025-11-23T10:29:59-05:00}]}
        expect: {rules: [zz.consent.marketing], retry_at: null}
      - name: A consent that will be given is waited for
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: click, obtained_at: 2026-11-23T15:00:00-05:00}]}
        expect: {rules: [zz.consent.marketing], retry_at: 2026-11-23T15:00:00-05:00}
      - name: Consents that cannot be looked up deny
        call: {purpose: marketing}
        facts: {unavailable: [consents]}
        expect: {rules: [zz.consent.marketing], kinds: [unavailable]}
      - name: A consent withdrawn for another product does not void this one
        call: {purpose: marketing}
        facts:
          consents:
            - {purposes: [marketing], products: [loan], form: click, obtained_at: 2026-06-01T10:00:00-05:00}
            - {purposes: [marketing], products: [card], form: click, obtained_at: 2026-06-01T10:00:00-05:00, withdrawn_at: 2026-07-01T10:00:00-05:00}
        expect: {verdict: allow}
      - name: A withdrawal voids every earlier consent that it covers
        call: {purpose: marketing}
        facts:
          consents:
            - {purposes: [marketing], products: [loan], form: click, obtained_at: 2026-06-01T10:00:00-05:00}
            - {purposes: [marketing], products: [loan], form: click, obtained_at: 2026-05-01T10:00:00-05:00, withdrawn_at: 2026-07-01T10:00:00-05:00}
        expect: {rules: [zz.consent.marketing], kinds: [consent]}
      - name: A bundled consent is taken for a customer of rank
        call: {purpose: care, attributes: {colour: blue, age: 40, vip: true}}
        facts: {consents: [{purposes: [care], bundled: true, third_party: true, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {verdict: allow}
      - name: A customer of rank who never consented is not greeted
        call: {purpose: care, attributes: {colour: blue, age: 40, vip: true}}
        expect: {rules: [zz.consent.vip]}
      - name: A product that nobody sells is denied
        call: {purpose: collection, customer: C, event: E, product: yacht}
        expect: {rules: [core.product], kinds: [consent]}
      - name: A forbidden field is denied
        call: {purpose: survey, data_fields: [secret]}
        expect: {rules: [zz.data.forbidden]}
      - name: A field that is in no list is denied
        call: {purpose: marketing, data_fields: [name, shoe_size]}
        expect: {rules: [zz.data.marketing]}
      - name: A field that needs a consent of the purpose has it
        call: {purpose: marketing, data_fields: [name, birthday]}
        expect: {verdict: allow, obligations: [{kind: show_fields, fields: [name, birthday]}]}
      - name: A field that needs its own consent lacks it
        call: {purpose: marketing, data_fields: [income]}
        expect: {rules: [zz.data.marketing]}
      - name: A field named in the consent is shown
        call: {purpose: marketing, data_fields: [income]}
        facts: {consents: [{purposes: [marketing], form: click, data_fields: [income], obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {verdict: allow}
      - name: A field named in a consent of six months to the second is shown
        call: {purpose: marketing, data_fields: [income]}
        facts: {consents: [{purposes: [marketing], form: click, data_fields: [income], obtained_at: 2026-05-23T10:30:00-04:00}]}
        expect: {verdict: allow}
      - name: A field named in an older consent is denied
        call: {purpose: marketing, data_fields: [income]}
        facts: {consents: [{purposes: [marketing], form: click, data_fields: [income], obtained_at: 2026-05-23T10:29:59-04:00}]}
        expect: {rules: [zz.data.marketing]}
      - name: A wrong field outweighs one that cannot be judged
        call: {purpose: marketing, data_fields: [income, shoe_size]}
        facts: {unavailable: [consents]}
        expect: {rules: [zz.data.marketing, zz.consent.marketing], kinds: [data, unavailable]}
      - name: The guard closes a window five minutes early
        at: 2026-11-23T11:55:00-05:00
        call: {purpose: marketing}
        expect: {rules: [zz.hours.marketing], retry_at: 2026-11-23T13:00:00-05:00}
      - name: One millisecond before the guard is allowed until the guard
        at: 2026-11-23T11:54:59.999-05:00
        call: {purpose: marketing}
        expect: {verdict: allow, valid_until: 2026-11-23T11:55:00-05:00}
      - name: Sunday has no window and Monday opens at nine
        at: 2026-11-29T12:00:00-05:00
        call: {purpose: marketing}
        expect: {rules: [zz.hours.marketing], retry_at: 2026-11-30T09:00:00-05:00}
      - name: A holiday has no window
        at: 2026-11-26T12:00:00-05:00
        call: {purpose: marketing}
        expect: {rules: [zz.hours.marketing], retry_at: 2026-11-27T09:00:00-05:00}
      - name: An appointment lifts the hours for its time
        at: 2026-11-26T12:00:00-05:00
        call: {purpose: marketing}
        facts: {appointments: [{from: 2026-11-26T12:00:00-05:00, to: 2026-11-26T12:01:00-05:00, evidence_ref: e}]}
        expect: {verdict: allow, valid_until: 2026-11-26T12:01:00-05:00}
      - name: An appointment that is over lifts nothing
        at: 2026-11-26T12:01:00-05:00
        call: {purpose: marketing}
        facts: {appointments: [{from: 2026-11-26T12:00:00-05:00, to: 2026-11-26T12:01:00-05:00, evidence_ref: e}]}
        expect: {rules: [zz.hours.marketing]}
      - name: An appointment later on is the next chance
        at: 2026-11-26T12:00:00-05:00
        call: {purpose: marketing}
        facts: {appointments: [{from: 2026-11-26T18:00:00-05:00, to: 2026-11-26T18:10:00-05:00, evidence_ref: e}]}
        expect: {rules: [zz.hours.marketing], retry_at: 2026-11-26T18:00:00-05:00}
      - name: An appointment without evidence lifts nothing
        at: 2026-11-26T12:00:00-05:00
        call: {purpose: marketing}
        facts: {appointments: [{from: 2026-11-26T11:00:00-05:00, to: 2026-11-26T13:00:00-05:00}]}
        expect: {rules: [zz.hours.marketing]}
      - name: An appointment longer than seven days lifts nothing
        at: 2026-11-26T12:00:00-05:00
        call: {purpose: marketing}
        facts: {appointments: [{from: 2026-11-20T11:00:00-05:00, to: 2026-11-28T13:00:00-05:00, evidence_ref: e}]}
        expect: {rules: [zz.hours.marketing]}
      - name: A consent to any hour lifts nothing while the switch is off
        at: 2026-11-26T12:00:00-05:00
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: click, any_hour: true, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.hours.marketing]}
      - name: A consent to any hour lifts the hours while the switch is on
        at: 2026-11-26T12:00:00-05:00
        settings: {consent_lifts_hours: true}
        call: {purpose: marketing}
        facts: {consents: [{purposes: [marketing], form: click, any_hour: true, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {verdict: allow}
      - name: Any consent lifts the hours of care while the switch is on
        at: 2026-11-23T23:00:00-05:00
        settings: {consent_lifts_hours: true}
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {consents: [{purposes: [care], obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {verdict: allow}
      - name: Care at night waits for the morning
        at: 2026-11-23T23:00:00-05:00
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.hours.care], retry_at: 2026-11-24T08:00:00-05:00}
      - name: Care on the night the clocks go forward waits for the new morning
        at: 2027-03-14T01:30:00-05:00
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.hours.care], retry_at: 2027-03-14T08:00:00-04:00}
      - name: Care needs no calendar
        call: {purpose: care, attributes: {colour: blue, age: 40}}
        facts: {unavailable: [calendar]}
        expect: {verdict: allow}
      - name: Collection without a calendar is denied
        call: {purpose: collection, customer: C, event: E}
        facts: {unavailable: [calendar]}
        expect: {rules: [zz.hours.collection], kinds: [unavailable], retry_at: null}
      - name: Collection on a working Saturday keeps working hours
        at: 2026-11-28T19:00:00-05:00
        call: {purpose: collection, customer: C, event: E}
        expect: {verdict: allow}
      - name: Collection on an ordinary Saturday keeps short hours
        at: 2026-11-21T19:00:00-05:00
        call: {purpose: collection, customer: C, event: E}
        expect: {rules: [zz.hours.collection]}
      - name: A number in two zones is called when both are awake
        at: 2026-11-23T08:30:00-05:00
        call: {purpose: care, phone: two-zones, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.hours.care], kinds: [hours], retry_at: 2026-11-23T09:00:00-05:00}
      - name: A number without any zone is of an unknown place
        call: {purpose: care, phone: no-zone, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.hours.care], kinds: [unavailable], retry_at: null}
      - name: A number in zones that are never awake together is of an unknown place
        call: {purpose: marketing, phone: far-zones}
        expect: {rules: [zz.hours.marketing], kinds: [unavailable], retry_at: null}
      - name: A number of the north keeps the hours of both laws
        at: 2026-11-23T09:30:00-06:00
        call: {purpose: care, phone: north-1, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.north.hours], retry_at: 2026-11-23T10:00:00-06:00, jurisdictions: [ZZ, ZZ-N]}
      - name: A number of the north is called when both laws let it
        at: 2026-11-23T10:30:00-06:00
        call: {purpose: care, phone: north-1, attributes: {colour: blue, age: 40}}
        expect: {verdict: allow, local_time: 2026-11-23T10:30:00-06:00}
      - name: An address in the north brings the law of the north
        at: 2026-11-23T16:59:00-05:00
        call: {purpose: care, location: {subdivision: ZZ-N}, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.north.hours], jurisdictions: [ZZ, ZZ-N]}
      - name: An address elsewhere that says no zone is of an unknown place
        call: {purpose: care, phone: south-1, location: {subdivision: ZZ-W}, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.hours.care], kinds: [unavailable]}
      - name: An address in another zone counts beside the number
        at: 2026-11-23T21:30:00-05:00
        call: {purpose: care, location: {time_zone: America/Los_Angeles}, attributes: {colour: blue, age: 40}}
        expect: {verdict: allow}
      - name: An address in a zone that sleeps denies
        at: 2026-11-23T10:30:00-05:00
        call: {purpose: care, location: {time_zone: America/Los_Angeles}, attributes: {colour: blue, age: 40}}
        expect: {rules: [zz.hours.care], retry_at: 2026-11-23T08:00:00-08:00}
      - name: An address that wins leaves the zone of the number out
        at: 2026-11-23T23:00:00-05:00
        settings: {address_wins: true}
        call: {purpose: care, location: {time_zone: America/Los_Angeles}, attributes: {colour: blue, age: 40}}
        expect: {verdict: allow}
      - name: Three attempts in a day are enough
        at: 2026-11-23T12:59:59-05:00
        call: {purpose: collection, customer: C, event: E}
        facts: {attempts: [{at: 2026-11-22T13:00:00-05:00, outcome: busy}, {at: 2026-11-22T14:00:00-05:00, outcome: busy}, {at: 2026-11-23T09:00:00-05:00, outcome: busy}]}
        expect: {rules: [zz.frequency.day], retry_at: 2026-11-23T13:00:00-05:00}
      - name: An attempt exactly a day old no longer counts
        at: 2026-11-23T13:00:00-05:00
        call: {purpose: collection, customer: C, event: E}
        facts: {attempts: [{at: 2026-11-22T13:00:00-05:00, outcome: busy}, {at: 2026-11-22T14:00:00-05:00, outcome: busy}, {at: 2026-11-23T09:00:00-05:00, outcome: busy}]}
        expect: {verdict: allow}
      - name: An attempt that was given back does not count
        call: {purpose: collection, customer: C, event: E}
        facts: {attempts: [{at: 2026-11-23T07:00:00-05:00, outcome: not_dialed}, {at: 2026-11-23T08:00:00-05:00, outcome: busy}, {at: 2026-11-23T09:00:00-05:00, outcome: busy}]}
        expect: {verdict: allow}
      - name: A call from the customer does not count
        call: {purpose: collection, customer: C, event: E}
        facts: {attempts: [{at: 2026-11-23T07:00:00-05:00, direction: inbound, outcome: answered}, {at: 2026-11-23T08:00:00-05:00, outcome: busy}, {at: 2026-11-23T09:00:00-05:00, outcome: busy}]}
        expect: {verdict: allow}
      - name: A survey without the attempts stands aside from one cap and is denied by another
        call: {purpose: survey}
        facts: {unavailable: [attempts]}
        expect: {rules: [zz.frequency.conversation, zz.frequency.month, zz.suppression.asked], kinds: [unavailable], stood_aside: [zz.frequency.day]}
      - name: One conversation a day is enough
        call: {purpose: marketing, customer: C}
        facts: {attempts: [{phone: mobile-2, customer: C, at: 2026-11-23T09:00:00-05:00, purpose: marketing, outcome: answered}]}
        expect: {rules: [zz.frequency.calendar_day], retry_at: 2026-11-24T09:00:00-05:00}
      - name: A conversation before midnight was another day
        call: {purpose: marketing, customer: C}
        facts: {attempts: [{customer: C, at: 2026-11-22T23:59:59-05:00, purpose: marketing, outcome: answered}]}
        expect: {verdict: allow}
      - name: An open attempt counts as a conversation
        call: {purpose: marketing, customer: C}
        facts: {attempts: [{customer: C, at: 2026-11-23T09:00:00-05:00, purpose: marketing}]}
        expect: {rules: [zz.frequency.calendar_day]}
      - name: A call without a customer is judged by its number alone and says so
        call: {purpose: marketing}
        expect: {verdict: allow, stood_aside: [zz.frequency.calendar_day, zz.frequency.three_days, zz.frequency.week]}
      - name: Four attempts in three calendar days are enough even for a call without a customer
        call: {purpose: marketing}
        facts: {attempts: [{at: 2026-11-21T00:00:00-05:00, outcome: busy}, {at: 2026-11-21T09:00:00-05:00, outcome: busy}, {at: 2026-11-22T09:00:00-05:00, outcome: busy}, {at: 2026-11-22T09:30:00-05:00, outcome: busy}]}
        expect: {rules: [zz.frequency.three_days], retry_at: 2026-11-24T09:00:00-05:00}
      - name: Attempts by a robot are left out of that cap
        call: {purpose: marketing, customer: C}
        facts: {attempts: [{at: 2026-11-21T00:00:00-05:00, outcome: busy}, {at: 2026-11-21T09:00:00-05:00, outcome: busy}, {at: 2026-11-22T09:00:00-05:00, outcome: busy}, {at: 2026-11-22T09:30:00-05:00, mode: ai_voice, outcome: busy}]}
        expect: {verdict: allow}
      - name: Two conversations a week are enough until Monday
        at: 2026-11-25T10:30:00-05:00
        call: {purpose: care, customer: C, attributes: {colour: blue, age: 40}}
        facts: {attempts: [{at: 2026-11-23T00:00:00-05:00, outcome: answered}, {at: 2026-11-24T09:00:00-05:00, outcome: answered}]}
        expect: {rules: [zz.frequency.week], retry_at: 2026-11-30T08:00:00-05:00}
      - name: A conversation on Sunday was another week
        at: 2026-11-25T10:30:00-05:00
        call: {purpose: care, customer: C, attributes: {colour: blue, age: 40}}
        facts: {attempts: [{at: 2026-11-22T23:59:59-05:00, outcome: answered}, {at: 2026-11-24T09:00:00-05:00, outcome: answered}]}
        expect: {verdict: allow}
      - name: Five surveys a month are enough until the next
        call: {purpose: survey}
        facts: {attempts: [{at: 2026-11-01T00:00:00-04:00, outcome: busy}, {at: 2026-11-02T09:00:00-05:00, outcome: busy}, {at: 2026-11-03T09:00:00-05:00, outcome: busy}, {at: 2026-11-04T09:00:00-05:00, outcome: busy}, {at: 2026-11-05T09:00:00-05:00, outcome: busy}]}
        expect: {rules: [zz.frequency.month], retry_at: 2026-12-01T08:00:00-05:00}
      - name: A survey of the last second of October was another month
        call: {purpose: survey}
        facts: {attempts: [{at: 2026-10-31T23:59:59-04:00, outcome: busy}, {at: 2026-11-02T09:00:00-05:00, outcome: busy}, {at: 2026-11-03T09:00:00-05:00, outcome: busy}, {at: 2026-11-04T09:00:00-05:00, outcome: busy}, {at: 2026-11-05T09:00:00-05:00, outcome: busy}]}
        expect: {verdict: allow}
      - name: A campaign tries twice and no more
        call: {purpose: marketing, campaign: X}
        facts: {attempts: [{at: 2026-01-21T09:00:00-05:00, campaign: X, outcome: busy}, {at: 2026-02-21T09:00:00-05:00, campaign: X, outcome: busy}]}
        expect: {rules: [zz.frequency.campaign], retry_at: null}
      - name: An attempt without a campaign counts towards none
        call: {purpose: marketing, campaign: X}
        facts: {attempts: [{at: 2026-01-21T09:00:00-05:00, outcome: busy}, {at: 2026-02-21T09:00:00-05:00, campaign: X, outcome: busy}]}
        expect: {verdict: allow}
      - name: Two alerts of one event in half an hour are enough
        call: {purpose: fraud_alert, event: E}
        facts: {attempts: [{at: 2026-11-23T10:01:00-05:00, event: E, outcome: busy}, {at: 2026-11-23T10:20:00-05:00, event: E, outcome: busy}]}
        expect: {rules: [zz.frequency.event], retry_at: 2026-11-23T10:31:00-05:00}
      - name: Another event has its own cap
        call: {purpose: fraud_alert, event: F}
        facts: {attempts: [{at: 2026-11-23T10:01:00-05:00, event: E, outcome: busy}, {at: 2026-11-23T10:20:00-05:00, event: E, outcome: busy}]}
        expect: {verdict: allow}
      - name: A gap runs from the end of the conversation
        call: {purpose: collection, customer: C, event: E}
        facts: {attempts: [{at: 2026-11-16T10:00:00-05:00, ended_at: 2026-11-16T10:40:00-05:00, purpose: collection, outcome: answered}]}
        expect: {rules: [zz.frequency.gap], retry_at: 2026-11-23T10:40:00-05:00}
      - name: A gap that ended this second is over
        call: {purpose: collection, customer: C, event: E}
        facts: {attempts: [{at: 2026-11-16T10:00:00-05:00, ended_at: 2026-11-16T10:30:00-05:00, purpose: collection, outcome: answered}]}
        expect: {verdict: allow}
      - name: An exempt list lifts a cap and says so
        call: {purpose: collection, customer: C, event: E}
        facts:
          lists: {friends: {listed: true, effect: exempt, until: 2026-11-23T10:30:30-05:00}}
          attempts: [{at: 2026-11-23T07:00:00-05:00, outcome: busy}, {at: 2026-11-23T08:00:00-05:00, outcome: busy}, {at: 2026-11-23T09:00:00-05:00, outcome: busy}]
        expect: {verdict: allow, stood_aside: [zz.frequency.day], valid_until: 2026-11-23T10:30:30-05:00}
      - name: An exempt list that never ends lifts nothing
        call: {purpose: collection, customer: C, event: E}
        facts:
          lists: {friends: {listed: true, effect: exempt}}
          attempts: [{at: 2026-11-23T07:00:00-05:00, outcome: busy}, {at: 2026-11-23T08:00:00-05:00, outcome: busy}, {at: 2026-11-23T09:00:00-05:00, outcome: busy}]
        expect: {rules: [zz.frequency.day]}
      - name: An exempt list does not lift a refusal
        call: {purpose: collection, customer: C, event: E}
        facts:
          lists: {friends: {listed: true, effect: exempt, until: 2026-12-23T10:30:30-05:00}}
          opt_outs: [{purposes: [all], at: 2026-11-23T07:00:00-05:00}]
        expect: {rules: [zz.suppression.refusal]}
      - name: A child is not sold to
        call: {purpose: marketing, attributes: {age: 17}}
        expect: {rules: [zz.attribute.age]}
      - name: Nobody is a hundred and eleven
        call: {purpose: marketing, attributes: {age: 111}}
        expect: {rules: [zz.attribute.age]}
      - name: Eighteen is old enough, and sixty-five is owed a person
        call: {purpose: marketing, attributes: {age: 65}}
        expect: {verdict: allow, obligations: [human_agent]}
      - name: A product above the customer's grade is denied
        call: {purpose: marketing, attributes: {grade: mid, product_grade: high}}
        expect: {rules: [zz.attribute.grade]}
      - name: A product of the customer's grade is allowed
        call: {purpose: marketing, attributes: {grade: high, product_grade: high}}
        expect: {verdict: allow}
      - name: A campaign's default stands in for what the call leaves out
        call: {purpose: marketing, campaign: X, attributes: {grade: low}}
        facts: {campaigns: [{id: X, purpose: marketing, attributes: {product_grade: mid}}]}
        expect: {rules: [zz.attribute.grade]}
      - name: Red for an agency is denied
        call: {purpose: care, vendor: agency, attributes: {colour: red, mandate: true}}
        expect: {rules: [zz.attribute.mixed]}
      - name: Blue without an age is denied where a name is shown
        call: {purpose: care, data_fields: [name], attributes: {colour: blue}}
        expect: {rules: [zz.attribute.mixed]}
      - name: Blue without an age is allowed where nothing is shown
        call: {purpose: care, attributes: {colour: blue}}
        expect: {verdict: allow}
      - name: A vendor without a mandate is denied
        call: {purpose: survey, vendor: stranger}
        expect: {rules: [zz.attribute.mandate]}
      - name: A mandate on record beats what the call says
        call: {purpose: survey, vendor: agency, attributes: {mandate: true}}
        facts: {mandates: [{to: 2026-11-23T10:30:00-05:00}]}
        expect: {rules: [zz.attribute.mandate], retry_at: null}
      - name: A mandate that begins is waited for
        call: {purpose: survey, vendor: agency}
        facts: {mandates: [{from: 2026-11-23T12:00:00-05:00}]}
        expect: {rules: [zz.attribute.mandate], retry_at: 2026-11-23T12:00:00-05:00}
      - name: A mandate that ends bounds the permit
        call: {purpose: survey, vendor: agency}
        facts: {mandates: [{to: 2026-11-23T10:30:10-05:00, purposes: [survey], products: [loan]}]}
        expect: {verdict: allow, valid_until: 2026-11-23T10:30:10-05:00}
      - name: Mandates that cannot be looked up deny a vendor
        call: {purpose: survey, vendor: agency, attributes: {mandate: true}}
        facts: {unavailable: [vendors]}
        expect: {rules: [zz.attribute.mandate], kinds: [unavailable]}
      - name: The institution itself needs no register of mandates
        call: {purpose: survey}
        facts: {unavailable: [vendors]}
        expect: {verdict: allow}
      - name: Too few failed attempts on record beat what the call says
        call: {purpose: collection, customer: C, event: E, attributes: {colour: red, failed: 5}}
        facts: {attempts: [{at: 2026-11-01T09:00:00-05:00, outcome: answered}, {at: 2026-11-02T09:00:00-05:00, outcome: busy}]}
        expect: {rules: [zz.attribute.failed]}
      - name: Enough failed attempts on record let pass
        call: {purpose: collection, customer: C, event: E, attributes: {colour: red, failed: 0}}
        facts: {attempts: [{at: 2026-11-01T09:00:00-05:00, outcome: busy}, {at: 2026-11-02T09:00:00-05:00, outcome: busy}]}
        expect: {verdict: allow}
      - name: A list of thirty-one days to the second is fresh
        call: {purpose: marketing}
        facts: {lists: {zz-dnc: {as_of: 2026-10-23T10:30:00-05:00}}}
        expect: {verdict: allow}
      - name: A list of thirty-one days and a second is stale and stays so
        call: {purpose: marketing}
        facts: {lists: {zz-dnc: {as_of: 2026-10-23T10:29:59-05:00}}}
        expect: {rules: [zz.freshness.dnc], kinds: [freshness], retry_at: null}
      - name: Lists that cannot be looked up deny
        call: {purpose: marketing}
        facts: {unavailable: [lists]}
        expect: {rules: [core.lists, zz.freshness.dnc, zz.suppression.lists], kinds: [unavailable]}
      - name: Collection must name whom and what
        call: {purpose: collection, customer: C}
        expect: {rules: [zz.required.collection], kinds: [unavailable]}
      - name: A source that must answer and does not denies
        call: {purpose: collection, customer: C, event: E}
        facts: {unavailable: [consents]}
        expect: {rules: [zz.required.sources], kinds: [unavailable]}
      - name: Care must say the colour
        call: {purpose: care}
        expect: {rules: [zz.required.attributes], kinds: [unavailable]}
      - name: A robot must say the colour too
        call: {purpose: survey, mode: ai_voice}
        expect: {rules: [zz.required.attributes]}
      - name: A rule not yet in force lets pass up to its beginning
        at: 2026-11-30T23:59:50-05:00
        settings: {consent_lifts_hours: true}
        call: {purpose: survey, attributes: {vip: true}}
        facts: {consents: [{purposes: [survey], obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {verdict: allow, valid_until: 2026-12-01T00:00:00-05:00}
      - name: A rule in force denies until its end
        at: 2026-12-01T12:00:00-05:00
        call: {purpose: survey, attributes: {vip: true}}
        expect: {rules: [zz.dated.summer], retry_at: 2026-12-02T08:00:00-05:00}
      - name: A rule in force lets others pass
        at: 2026-12-01T12:00:00-05:00
        call: {purpose: survey}
        expect: {verdict: allow}
      - name: A rule behind a switch sleeps
        call: {purpose: survey, phone: fixed-1, attributes: {vip: false}}
        expect: {verdict: allow}
      - name: A rule behind a switch wakes
        settings: {strict: true}
        call: {purpose: survey, phone: fixed-1, attributes: {vip: false}}
        expect: {rules: [zz.switched.on]}
      - name: A rule behind a switch lets others pass
        settings: {strict: true}
        call: {purpose: survey, phone: fixed-1}
        expect: {verdict: allow}
      - name: A rule behind the absence of a switch wakes
        settings: {relaxed: false}
        call: {purpose: survey, phone: south-1, product: card, attributes: {vip: false}}
        expect: {rules: [zz.switched.off]}
      - name: A rule behind the absence of a switch lets others pass
        settings: {relaxed: false}
        call: {purpose: survey, phone: south-1, product: card}
        expect: {verdict: allow}
      - name: An unknown campaign is denied
        call: {purpose: marketing, campaign: X}
        facts: {campaigns: []}
        expect: {rules: [core.campaign], kinds: [campaign]}
      - name: A campaign that has not begun is waited for
        call: {purpose: marketing, campaign: X}
        facts: {campaigns: [{id: X, starts_at: 2026-11-24T15:00:00-05:00}]}
        expect: {rules: [core.campaign], retry_at: 2026-11-24T15:00:00-05:00}
      - name: A campaign in force bounds the permit by its end
        call: {purpose: marketing, campaign: X}
        facts: {campaigns: [{id: X, caller_ids: ["+33199000099"], ends_at: 2026-11-23T10:30:05-05:00}]}
        expect: {verdict: allow, valid_until: 2026-11-23T10:30:05-05:00}
      - name: A campaign that ended is over
        call: {purpose: marketing, campaign: X}
        facts: {campaigns: [{id: X, ends_at: 2026-11-23T10:30:00-05:00}]}
        expect: {rules: [core.campaign], retry_at: null}
      - name: A campaign of another purpose does not fit
        call: {purpose: marketing, campaign: X}
        facts: {campaigns: [{id: X, purpose: care}]}
        expect: {rules: [core.campaign]}
      - name: Campaigns that cannot be looked up deny
        call: {purpose: marketing, campaign: X}
        facts: {unavailable: [campaigns]}
        expect: {rules: [core.campaign], kinds: [unavailable]}
      - name: A stop denies until it ends
        call: {purpose: fraud_alert, event: E}
        facts: {stops: [{all: true, until: 2026-11-23T10:45:00-05:00}]}
        expect: {rules: [core.stop], kinds: [stop], retry_at: 2026-11-23T10:45:00-05:00}
      - name: A stop without an end is waited for in vain
        call: {purpose: fraud_alert, event: E}
        facts: {stops: [{jurisdictions: [ZZ], purposes: [fraud_alert]}]}
        expect: {rules: [core.stop], retry_at: null}
      - name: A stop that excepts the purpose lets it pass
        call: {purpose: fraud_alert, event: E}
        facts: {stops: [{all: true, except_purposes: [fraud_alert]}]}
        expect: {verdict: allow}
      - name: A stop of another vendor and place lets pass
        call: {purpose: fraud_alert, event: E}
        facts: {stops: [{vendors: [agency]}, {jurisdictions: [ZZ-N]}, {campaigns: [X]}, {caller_ids: ["+33199000098"]}]}
        expect: {verdict: allow}
      - name: Stops that cannot be looked up deny
        call: {purpose: fraud_alert, event: E}
        facts: {unavailable: [stops]}
        expect: {rules: [core.stop], kinds: [unavailable]}
      - name: There is no retry into a year without a calendar
        at: 2027-12-31T23:00:00-05:00
        call: {purpose: collection, customer: C, event: E}
        expect: {rules: [zz.hours.collection], retry_at: null}
      - name: A country that no pack covers is denied
        call: {purpose: survey, phone: abroad-1}
        expect: {rules: [core.destination], kinds: [destination], jurisdictions: []}
      - name: An entry of twenty-seven days is in its grace
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true, since: 2026-10-27T23:00:00-04:00}}}
        expect: {verdict: allow}
      - name: An entry of twenty-eight days counts from midnight on
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true, since: 2026-10-26T23:00:00-04:00}}}
        expect: {rules: [zz.suppression.register], kinds: [suppression], retry_at: null}
      - name: A deal eighteen months ago to the day excepts
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: transaction, last_at: 2025-05-23T06:00:00-04:00}]}
        expect: {verdict: allow}
      - name: A deal eighteen months and a day ago does not
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: transaction, last_at: 2025-05-22T23:00:00-04:00}]}
        expect: {rules: [zz.suppression.register]}
      - name: An inquiry ten days ago to the day excepts
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: inquiry, last_at: 2026-11-13T06:00:00-05:00}]}
        expect: {verdict: allow}
      - name: An inquiry of eleven days or of another customer does not
        call: {purpose: survey, customer: C}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: inquiry, last_at: 2026-11-12T06:00:00-05:00}, {kind: inquiry, last_at: 2026-11-20T06:00:00-05:00, customer: D}]}
        expect: {rules: [zz.suppression.register]}
      - name: A refusal ends the relationship though it was lifted
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: transaction, last_at: 2026-05-01T06:00:00-04:00}], opt_outs: [{purposes: [survey], strength: explicit, at: 2026-06-01T10:00:00-04:00, lifted_at: 2026-06-02T10:00:00-04:00}]}
        expect: {rules: [zz.suppression.register]}
      - name: A relationship that begins later opens the way then
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: inquiry, last_at: 2026-11-23T11:00:00-05:00}]}
        expect: {rules: [zz.suppression.register], retry_at: 2026-11-23T11:00:00-05:00}
      - name: A call of an excepted kind passes
        call: {purpose: survey, attributes: {vip: true}}
        facts: {lists: {zz-register: {listed: true}}}
        expect: {verdict: allow}
      - name: A consent later than the entry excepts
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true, since: 2026-09-01T10:00:00-04:00}}, consents: [{purposes: [survey], form: express_written, any_hour: true, obtained_at: 2026-09-02T10:00:00-04:00}]}
        expect: {verdict: allow}
      - name: A consent before the entry, and one that is not for any hour, do not
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true, since: 2026-09-01T10:00:00-04:00}}, consents: [{purposes: [survey], form: express_written, any_hour: true, obtained_at: 2026-08-31T10:00:00-04:00}, {purposes: [survey], form: express_written, obtained_at: 2026-09-02T10:00:00-04:00}]}
        expect: {rules: [zz.suppression.register]}
      - name: What must hold together excepts together
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: contract, last_at: 2026-11-01T06:00:00-04:00}], consents: [{purposes: [survey], form: click, obtained_at: 2026-06-01T10:00:00-04:00}]}
        expect: {verdict: allow}
      - name: The relationship alone does not
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: contract, last_at: 2026-11-01T06:00:00-04:00}], consents: []}
        expect: {rules: [zz.suppression.register], retry_at: null}
      - name: Nor does the consent alone, nor both in another mode
        call: {purpose: survey, mode: predictive}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: contract, last_at: 2026-11-01T06:00:00-04:00}], consents: [{purposes: [survey], form: click, obtained_at: 2026-06-01T10:00:00-04:00}]}
        expect: {rules: [zz.suppression.register], retry_at: null}
      - name: What begins last opens the way
        call: {purpose: survey}
        facts: {lists: {zz-register: {listed: true}}, relationships: [{kind: contract, last_at: 2026-11-23T11:00:00-05:00}], consents: [{purposes: [survey], form: click, obtained_at: 2026-11-23T12:00:00-05:00}]}
        expect: {rules: [zz.suppression.register], retry_at: 2026-11-23T12:00:00-05:00}
      - name: A rule of a city holds for its area code
        call: {phone: city-1, purpose: survey, attributes: {colour: red}}
        expect: {rules: [zz.attribute.city], kinds: [attribute]}
      - name: And denies there only what it speaks of
        call: {phone: city-1, purpose: survey, attributes: {colour: blue}}
        expect: {verdict: allow}
      - name: And for no other number
        call: {purpose: survey, attributes: {colour: red}}
        expect: {verdict: allow}
      - name: An answer that the rule names denies
        call: {purpose: survey}
        facts: {lists: {zz-asked: {answer: "yes"}}}
        expect: {rules: [zz.suppression.answered]}
      - name: Another answer lets pass
        call: {purpose: survey}
        facts: {lists: {zz-asked: {answer: "no_data"}}}
        expect: {verdict: allow}
      - name: A soft refusal rests for three whole days
        call: {purpose: care, attributes: {colour: red, vip: true}}
        facts: {opt_outs: [{purposes: [care], strength: soft, at: 2026-11-20T10:00:00-05:00}], consents: [{purposes: [care], form: click, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {rules: [zz.suppression.full_days], retry_at: 2026-11-24T08:00:00-05:00}
      - name: After three whole days it rests no longer
        call: {purpose: care, attributes: {colour: red, vip: true}}
        facts: {opt_outs: [{purposes: [care], strength: soft, at: 2026-11-19T10:00:00-05:00}], consents: [{purposes: [care], form: click, obtained_at: 2026-06-01T10:00:00-05:00}]}
        expect: {verdict: allow}
      - name: A conversation that the called party began counts
        call: {purpose: survey}
        facts: {attempts: [{at: 2026-11-22T10:00:00-05:00, purpose: survey, event: F, direction: inbound, outcome: answered}]}
        expect: {rules: [zz.frequency.conversation], retry_at: 2026-11-24T08:00:00-05:00}
      - name: A conversation about another event does not
        call: {purpose: survey, event: E}
        facts: {attempts: [{at: 2026-11-22T10:00:00-05:00, purpose: survey, event: F, direction: inbound, outcome: answered}]}
        expect: {verdict: allow}
      - name: A machine is no conversation
        call: {purpose: survey}
        facts: {attempts: [{at: 2026-11-22T10:00:00-05:00, purpose: survey, direction: inbound, outcome: machine}]}
        expect: {verdict: allow}
      - name: A caller id outside the permitted ranges is denied
        call: {purpose: survey, caller_id: "+14165550170"}
        expect: {rules: [zz.caller_id.permitted], kinds: [caller_id], retry_at: null}
      - name: More abandoned calls than the share deny
        call: {purpose: survey}
        facts: {abandonment_rate: 0.031}
        expect: {rules: [zz.campaign.abandonment], kinds: [campaign]}
      - name: Exactly the share lets pass
        call: {purpose: survey}
        facts: {abandonment_rate: 0.03}
        expect: {verdict: allow}
      - name: A count of abandoned calls at its greatest age still says something
        call: {purpose: survey}
        facts: {abandonment_rate: 0.03, abandonment_as_of: 2026-11-22T10:30:00-05:00}
        expect: {verdict: allow, valid_until: 2026-11-23T10:30:00-05:00}
      - name: An older one says nothing
        call: {purpose: survey}
        facts: {abandonment_rate: 0.03, abandonment_as_of: 2026-11-22T10:29:59-05:00}
        expect: {rules: [zz.campaign.abandonment], kinds: [unavailable]}
      - name: One above the share is never too old
        call: {purpose: survey}
        facts: {abandonment_rate: 0.031, abandonment_as_of: 2026-10-22T10:29:59-05:00}
        expect: {rules: [zz.campaign.abandonment], kinds: [campaign]}
      - name: Where the counts cannot be looked up the call is denied
        call: {purpose: survey}
        facts: {unavailable: [abandonment]}
        expect: {rules: [zz.campaign.abandonment], kinds: [unavailable]}
      - name: An emergency in a part of the country denies until it ends
        call: {purpose: survey}
        facts: {emergencies: [{subdivision: ZZ-N, from: 2026-11-20T00:00:00-05:00, to: 2026-11-23T12:00:00-05:00}]}
        expect: {rules: [zz.stop.emergency], kinds: [stop], retry_at: 2026-11-23T12:00:00-05:00}
      - name: An emergency that begins later ends the permit before it
        call: {purpose: survey}
        facts: {emergencies: [{subdivision: ZZ, from: 2026-11-23T10:30:10-05:00}, {subdivision: ZY, from: 2026-11-20T00:00:00-05:00}]}
        expect: {verdict: allow, valid_until: 2026-11-23T10:30:10-05:00}
      - name: The afternoon before a holiday is closed
        at: 2026-11-25T12:00:00-05:00
        call: {purpose: survey}
        expect: {rules: [zz.hours.eve], kinds: [hours], retry_at: 2026-11-26T08:00:00-05:00}
      - name: The morning before a holiday is open
        at: 2026-11-25T11:54:59-05:00
        call: {purpose: survey}
        expect: {verdict: allow}
    """
