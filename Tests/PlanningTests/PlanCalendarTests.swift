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
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
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

  @Test("an entry that closes the service takes its demand away, and no more")
  func closed() throws {
    let (plan, _) = try Self.resolve(
      "calendar: holidays.ics",
      file:
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Closed\nDTSTART;VALUE=DATE:20260117\nX-HEADROOM-LIFT:0\nEND:VEVENT\nEND:VCALENDAR"
    )
    let event = try #require(plan.events.first)
    #expect(event.lift == Estimate(exactly: 0) && !event.isAssumption)
    let start = try #require(CivilDate(year: 2026, month: 1, day: 5))
    let history = TraceGenerator(start: start - 70, days: 70).series()
    for forecaster in ForecasterCatalog.all {
      func forecast(_ events: [Event]) -> Forecast {
        forecaster.forecast(history, request: ForecastRequest(horizon: .days(21), events: events))
      }
      let (with, without) = (forecast([event]), forecast([]))
      for i in 0..<21 * 24 {
        let isClosed = (12 * 24..<13 * 24).contains(i)
        #expect(with.mid.rawValues[i] == (isClosed ? 0 : without.mid.rawValues[i]))
        if isClosed { #expect(with.low.rawValues[i] == 0 && with.high.rawValues[i] == 0) }
      }
      #expect(with.dailyPeaks[12].peak.high.rawValue == 0 && with.dailyPeaks[13].peak.low.rawValue > 0)
      // The horizon's peak comes on another day.
      #expect(with.peak.mid > .zero && with.peak.mid <= without.peak.mid)
    }
  }

  @Test("a service closed over the whole horizon needs nothing and breaks nothing")
  func closedForGood() throws {
    let (plan, _) = try Self.resolve(
      "calendar: holidays.ics",
      file:
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Closed\nDTSTART;VALUE=DATE:20251201\nDTEND;VALUE=DATE:20270101\nX-HEADROOM-LIFT:0\nEND:VEVENT\nEND:VCALENDAR"
    )
    let start = try #require(CivilDate(year: 2025, month: 10, day: 1))
    let forecast = Ensemble().forecast(
      TraceGenerator(start: start, days: 90).series(),
      request: ForecastRequest(horizon: .days(14), events: plan.events))
    #expect(forecast.peak.high.rawValue == 0 && forecast.baselinePeak.mid > .zero)
    #expect(forecast.mid.rawValues.allSatisfy { $0 == 0 })
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
