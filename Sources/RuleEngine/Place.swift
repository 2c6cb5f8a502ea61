import Calendars
import GateModel

/// Which law applies, and which clocks may hang where the phone rings, as far as the number and an address tell.
///
/// An address within what the number suggests narrows it, and one outside counts beside it. With the setting
/// `address_wins` an address takes the place of what the number suggests wherever it is.
struct Place {
    /// Indices of the packs that speak, the most general first.
    let packs: [Int]
    let subdivisions: [String]
    /// Nil where a zone cannot be read, or an address elsewhere says none.
    private let numberZones: [Zone]?
    /// Nil where its zone cannot be read.
    private let addressZones: [Zone]?

    init(of call: Call, policy: PolicySnapshot, zones source: some ZoneSource) {
        let address = call.location
        let number = call.number
        let addressWins = policy.addressWins || Place.isWithin(address, number)
        guard address.timeZone != nil || address.subdivision != nil else {
            packs = policy.packs(region: number.region, subdivisions: number.subdivisions)
            subdivisions = number.subdivisions
            numberZones = Place.zones(number.zones, source)
            addressZones = []
            return
        }
        var found: [Int] = []
        var subdivisions = number.subdivisions
        // The number speaks of its whole region where it names no part of it.
        var isElsewhere = false
        if let subdivision = address.subdivision {
            let region = String(subdivision.prefix(2))
            isElsewhere = region != number.region || (!subdivisions.isEmpty && !subdivisions.contains(subdivision))
            if addressWins {
                subdivisions = [subdivision]
            } else if !subdivisions.contains(subdivision) {
                subdivisions.append(subdivision)
            }
            found = policy.packs(region: region, subdivisions: subdivisions)
        }
        if !(addressWins && address.subdivision != nil) {
            let ofNumber = policy.packs(region: number.region, subdivisions: subdivisions)
            found = ofNumber + found.filter { !ofNumber.contains($0) }
        }
        var zones: [Zone]? = address.timeZone.map { [$0] }.map { Place.zones($0, source) } ?? []
        if let subdivision = address.subdivision {
            for index in found where policy.packs[index].jurisdiction == subdivision {
                zones?.append(contentsOf: policy.packs[index].zones)
            }
            // The number says nothing of where in that part of the country it is.
            if zones == [], !number.subdivisions.contains(subdivision) {
                zones = Place.zones(policy.subdivisionZones[subdivision] ?? [], source)
            }
        }
        // Abroad only the legal time of that country tells the hour; elsewhere in the same one the packs' own does.
        if let subdivision = address.subdivision, let own = number.region, zones == [], !subdivision.hasPrefix(own) {
            let legal = found.filter { policy.packs[$0].jurisdiction.hasPrefix(subdivision.prefix(2)) }
                .flatMap { policy.packs[$0].zones }
            zones = legal.isEmpty ? nil : legal
        }
        let isUnknown = zones == nil || (isElsewhere && zones == [])
        packs = found
        self.subdivisions = subdivisions
        addressZones = zones
        numberZones = isUnknown ? nil : addressWins && zones != [] ? [] : Place.zones(number.zones, source)
    }

    /// Whether the address is one of the places where the number may lie.
    private static func isWithin(_ address: Location, _ number: NumberReading) -> Bool {
        guard let zone = address.timeZone, number.zones.contains(zone) else { return false }
        guard let subdivision = address.subdivision else { return true }
        return String(subdivision.prefix(2)) == number.region
            && (number.subdivisions.isEmpty || number.subdivisions.contains(subdivision))
    }

    /// Nil unless every one can be read: a zone that is passed over might be the one that matters.
    private static func zones(_ names: [String], _ source: some ZoneSource) -> [Zone]? {
        var zones: [Zone] = []
        for name in names {
            guard let zone = source.zone(name) else { return nil }
            zones.append(zone)
        }
        return zones
    }

    /// The zones that a pack's rules count in: its legal time, else the zones of the number; and those of the address.
    ///
    /// Empty where they are not known.
    func zones(underLegal legal: [Zone]) -> [Zone] {
        guard let addressZones, var all = legal.isEmpty ? numberZones : legal else { return [] }
        for zone in addressZones where !all.contains(zone) { all.append(zone) }
        return all
    }
}
