import Documents
import Quantities
import Testing
import Traffic

@testable import Planning

@Suite("Calendars of a plan") struct PlanCalendarTests {
  static let calendar = """
    BEGIN:VCALENDAR
    BEGIN:VEVENT
    SUMMARY:Spring launch
    DTSTART;VALUE=DATE:20260901
    X-HEADROOM-LIFT:3
    END:VEVENT
    BEGIN:VEVENT
    SUMMARY:Payday
    DTSTART;VALUE=DATE:20260101
    RRULE:FREQ=MONTHLY;BYMONTHDAY=1
    END:VEVENT
    END:VCALENDAR
    """

  static func resolve(_ entry: String, file: String = calendar) throws -> (plan: Plan, warnings: Diagnostics) {
    let text = planText(traffic: "average: 5/s\n  events: [ { \(entry) } ]")
    let spec = try PlanSpec.parse(yaml: Array(text.utf8), file: "plan.yaml")
    return try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }) { (path) throws(Diagnostics) in
      guard path == "holidays.ics" else {
        throw Diagnostics([.error("'\(path)' cannot be opened", at: nil, help: "check the name")])
      }
      return Array(file.utf8)
    }
  }

  @Test("a plan takes its events from a calendar: own lifts first, the plan's lift for the others")
  func events() throws {
    let (plan, warnings) = try Self.resolve("calendar: holidays.ics, lift: 2, lead: 30d")
    #expect(plan.events.map(\.name) == ["Spring launch", "Payday"])
    #expect(plan.events.map(\.lift.mid.rawValue) == [3, 2])
    #expect(plan.events.allSatisfy { !$0.isAssumption && $0.leadTime == .days(30) })
    let day = try #require(CivilDate(year: 2027, month: 3, day: 2))
    #expect(plan.events[1].when.next(onOrAfter: day) == CivilDate(year: 2027, month: 4, day: 1))
    #expect(warnings.all.isEmpty)
  }

  @Test("entries whose lift nobody knows are named")
  func unknownLift() throws {
    let (plan, warnings) = try Self.resolve("calendar: holidays.ics")
    #expect(plan.events.map(\.isAssumption) == [false, true])
    let warning = try #require(warnings.all.first)
    #expect(warning.message.contains("'Payday'") && warning.help?.contains("X-HEADROOM-LIFT") == true)
  }

  @Test(
    "each fault of a calendar has its place and its remedy",
    arguments: [
      ("calendar: missing.ics", "", "plan.yaml:4:", "check the name"),
      ("calendar: holidays.ics", "no calendar", "holidays.ics:1:", "BEGIN:VCALENDAR"),
      (
        "calendar: holidays.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT", "holidays.ics:3:",
        "20261127"
      ),
      ("calendar: holidays.ics, days: 3", "", "plan.yaml:4:", "take it out"),
      ("lift: 3", "", "plan.yaml:4:", "calendar: holidays.ics"),
    ])
  func faults(entry: String, file: String, place: String, remedy: String) {
    do {
      _ = try Self.resolve(entry, file: file)
      Issue.record("no fault was found")
    } catch let faults as Diagnostics {
      #expect(faults.all.contains { "\($0)".contains(place) && $0.help?.contains(remedy) == true }, "\(faults)")
    } catch { Issue.record(error) }
  }
}
