import Documents
import Quantities
import Traffic

extension Plan {
  /// The days for which a calendar's repeating entries are written out: any history and any horizon, as a plan is
  /// resolved before its traffic is read. A daily entry without an end is a rule; one with exceptions is written out, up
  /// to 36,525 days. A plan of 7,440 hours took 177 ms of processor time with either and with a yearly entry (medians
  /// of 15 runs).
  static let calendarDays = CivilDate(daysSinceEpoch: 0)...CivilDate(daysSinceEpoch: 47_846)

  /// The events of a calendar beside the plan. An entry's own lift counts first, then the plan's, then the catalog's
  /// and what the history shows. Every fault is a diagnostic.
  static func calendar(
    _ path: String, _ event: EventSpec, at index: Int, _ spec: PlanSpec,
    _ users: TimeZoneRules, _ zone: (String) -> TimeZoneRules?,
    _ files: (String) throws(Diagnostics) -> [UInt8], _ diagnostics: inout Diagnostics
  ) -> [Event] {
    let key = "traffic.events[\(index)]"
    let place = spec.places["\(key).calendar"] ?? event.location
    let bytes: [UInt8]
    do throws(Diagnostics) {
      bytes = try files(path)
    } catch {
      for fault in error.all {
        diagnostics.append(
          .error(
            fault.message, at: fault.location ?? place, path: "\(key).calendar",
            help: fault.help ?? "name an .ics file beside the plan"))
      }
      return []
    }
    let found: CalendarEvents
    let read = withoutActuallyEscaping(zone) { named -> Result<CalendarEvents, CalendarError> in
      do throws(CalendarError) {
        return .success(
          try CalendarEvents(
            String(decoding: bytes, as: UTF8.self), in: calendarDays, zone: users, zones: named))
      } catch { return .failure(error) }
    }
    switch read {
    case .success(let events): found = events
    case .failure(let fault):
      diagnostics.append(
        .error(
          fault.problem, at: SourceLocation(file: path, line: fault.line, column: 1), path: "\(key).calendar",
          help: fault.remedy))
      return []
    }
    for finding in found.findings {
      diagnostics.append(
        .warning("\(path): \(finding)", at: place, path: "\(key).calendar", help: "mend the entry in the calendar"))
    }
    if found.events.isEmpty {
      diagnostics.append(
        .warning(
          "'\(path)' holds no events", at: place, path: "\(key).calendar",
          help: "give it VEVENT entries with a SUMMARY and a DTSTART, or take it out"))
    }
    if event.lift == nil, !found.withoutLift.isEmpty {
      let names = found.withoutLift.sorted()
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      diagnostics.append(
        .warning(
          "no lift is known for \(names.prefix(3).map { "'\($0)'" }.joined(separator: ", "))\(more): only what the history shows counts",
          at: place, path: "\(key).calendar",
          help: "add lift: 2 beside the calendar, or X-HEADROOM-LIFT:2 to the entry"))
    }
    return found.events.map { entry in
      var entry = entry
      entry.leadTime = event.lead ?? EventCatalog.named(entry.name)?.leadTime
      if entry.isAssumption, let lift = event.lift {
        entry.lift = lift
        entry.isAssumption = false
        entry.source = spec.place("\(key).lift")
      } else if !entry.isAssumption {
        entry.source = path
      }
      return entry
    }
  }
}
