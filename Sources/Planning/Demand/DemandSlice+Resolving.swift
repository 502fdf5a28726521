import Documents
import Quantities
import Traffic

extension DemandSlice {
  static func resolve(_ resolver: inout PlanResolver) -> DemandSettings? {
    let spec = resolver.spec.traffic
    var users = TimeZoneRules.utc
    if let name = spec.timeZone {
      if let found = resolver.zone(name) {
        users = found
      } else {
        resolver.fail(
          "'\(name)' is not a time zone", "traffic.time zone",
          help: "write a name of the tz database, as Europe/Berlin, or UTC")
      }
    }
    var events: [Event] = []
    for (i, event) in spec.events.enumerated() {
      if let path = event.calendar {
        events += calendar(path, event, at: i, users, &resolver)
      } else if let event = resolve(event, at: i, &resolver) {
        events.append(event)
      }
    }
    return DemandSettings(
      source: spec.source, unit: spec.unit, step: spec.step, zone: users, growth: spec.growth, like: spec.like,
      events: events, horizon: spec.horizon)
  }

  private static func resolve(_ event: EventSpec, at index: Int, _ resolver: inout PlanResolver) -> Event? {
    let path = "traffic.events[\(index)]"
    let known = EventCatalog.named(event.name)
    guard let when = event.when ?? known?.when else {
      let names = EventCatalog.all.map { $0.name }
      let near = known == nil ? nearest(event.name.lowercased(), in: names.map { $0.lowercased() }) : nil
      let hint = near.flatMap { n in names.first { $0.lowercased() == n } }
      resolver.fail(
        "'\(event.name)' has no date", path, at: event.location,
        help: hint.map { "did you mean '\($0)' of the catalog? Else add date: 2026-11-27" }
          ?? "add date: 2026-11-27, or rule: first Monday of September")
      return nil
    }
    guard let lift = event.lift ?? known?.lift else {
      resolver.fail(
        "'\(event.name)' has no lift", path, at: event.location,
        help: "add lift: 4, or lift: { low: 3, mid: 4, high: 5 }")
      return nil
    }
    return Event(
      name: event.name, when: when, duration: event.duration ?? known?.duration ?? .days(1), lift: lift,
      shape: known?.shape ?? .flat, startsAt: event.startsAt ?? .zero, leadTime: event.lead ?? known?.leadTime,
      isAssumption: event.lift == nil,
      source: event.lift == nil ? "event catalog" : resolver.spec.place("\(path).lift"))
  }
}
