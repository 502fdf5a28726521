import Documents
import Quantities
import Traffic

extension DemandSlice {
  /// The days for which a calendar's repeating entries are written out: any history and any horizon, as a plan is
  /// resolved before its traffic is read. A daily entry without an end is a rule; one with exceptions is written out, up
  /// to 36,525 days. A plan of 7,440 hours took 177 ms of processor time with either and with a yearly entry (medians
  /// of 15 runs).
  static let calendarDays = CivilDate(daysSinceEpoch: 0)...CivilDate(daysSinceEpoch: 47_846)

  /// The events of a calendar beside the plan. An entry's own lift counts first, then the plan's, then the catalog's
  /// and what the history shows. Every fault is a diagnostic.
  static func calendar(
    _ path: String, _ event: EventSpec, at index: Int, _ users: TimeZoneRules, _ resolver: inout PlanResolver
  ) -> [Event] {
    let key = "traffic.events[\(index)].calendar"
    let place = resolver.spec.places[key] ?? event.location
    let bytes: [UInt8]
    do throws(Diagnostics) {
      bytes = try resolver.files(path)
    } catch {
      for fault in error.all {
        resolver.fail(
          fault.message, key, at: fault.location ?? place, help: fault.help ?? "name an .ics file beside the plan")
      }
      return []
    }
    let found: CalendarEvents
    do throws(CalendarError) {
      found = try CalendarEvents(
        String(decoding: bytes, as: UTF8.self), in: calendarDays, zone: users, zones: resolver.zone)
    } catch {
      resolver.fail(
        error.problem, key, at: SourceLocation(file: path, line: error.line, column: 1), help: error.remedy)
      return []
    }
    for finding in found.findings {
      resolver.warn("\(path): \(finding)", key, at: place, help: "mend the entry in the calendar")
    }
    if found.events.isEmpty {
      resolver.warn(
        "'\(path)' holds no events", key, at: place,
        help: "give it VEVENT entries with a SUMMARY and a DTSTART, or take it out")
    }
    if event.lift == nil, !found.withoutLift.isEmpty {
      let names = found.withoutLift.sorted()
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      resolver.warn(
        "no lift is known for \(names.prefix(3).map { "'\($0)'" }.joined(separator: ", "))\(more): only what the history shows counts",
        key, at: place, help: "add lift: 2 beside the calendar, or X-HEADROOM-LIFT:2 to the entry")
    }
    let liftPlace = resolver.spec.place("traffic.events[\(index)].lift")
    return found.events.map { entry in
      var entry = entry
      entry.leadTime = event.lead ?? EventCatalog.named(entry.name)?.leadTime
      if entry.isAssumption, let lift = event.lift {
        entry.lift = lift
        entry.isAssumption = false
        entry.source = liftPlace
      } else if !entry.isAssumption {
        entry.source = path
      }
      return entry
    }
  }
}
