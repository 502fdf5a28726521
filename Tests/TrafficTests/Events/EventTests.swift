import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct EventTests {
  static func day(_ year: Int, _ month: Int, _ day: Int) throws -> CivilDate {
    try #require(CivilDate(year: year, month: month, day: day))
  }
  /// A zone of the system's files, or nil where they are not installed.
  static func zone(_ name: String) -> TimeZoneRules? {
    guard let file = fopen("/usr/share/zoneinfo/" + name, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return TimeZoneRules(name: name, tzif: Array(bytes[..<count]))
  }

  @Test("Black Friday of the catalog is the known Friday, four days long, decided 75 days ahead")
  func blackFriday() throws {
    let event = try #require(EventCatalog.named("black friday")?.event())
    #expect(event.when.next(onOrAfter: try Self.day(2024, 1, 1)) == (try Self.day(2024, 11, 29)))
    #expect(event.when.next(onOrAfter: try Self.day(2026, 1, 1)) == (try Self.day(2026, 11, 27)))
    #expect(event.duration == .days(4) && event.isAssumption)
    let schedule = try #require(event.schedule(onOrAfter: try Self.day(2026, 1, 1)))
    #expect(schedule.start == (try Self.day(2026, 11, 27)))
    #expect(schedule.inPlaceBy == (try Self.day(2026, 11, 25)))
    #expect(schedule.loadTestBy == (try Self.day(2026, 11, 13)))
    #expect(schedule.askForQuotaBy == (try Self.day(2026, 10, 26)))
    #expect(schedule.decideBy == (try Self.day(2026, 9, 13)))
  }

  @Test("a short lead time cannot put the decision after the request for quota")
  func shortLead() throws {
    let schedule = EventSchedule(
      event: "launch", start: try Self.day(2026, 6, 1), lead: LeadTimes(decision: .days(7), quota: .days(30)))
    #expect(schedule.decideBy == schedule.askForQuotaBy)
  }

  @Test("an event without days of its own needs them given")
  func launch() throws {
    let launch = try #require(EventCatalog.named("Product launch"))
    #expect(launch.event() == nil)
    #expect(launch.event(when: .date(try Self.day(2026, 6, 1)))?.lift.mid == 4)
    #expect(EventCatalog.named("nothing") == nil && EventCatalog.named("") == nil)
  }

  @Test("catalog names are unique and their lifts in order")
  func catalog() {
    #expect(Set(EventCatalog.all.map { $0.name }).count == EventCatalog.all.count)
    for entry in EventCatalog.all {
      #expect(entry.lift.low.rawValue > 0 && entry.leadTime > .zero && entry.duration > .zero)
      #expect(!entry.summary.isEmpty && !entry.source.isEmpty)
    }
  }

  @Test("an event that began before the range and still lasts is in it; one that ended is not")
  func ranges() throws {
    let event = Event(
      name: "sale", when: .date(try Self.day(2026, 11, 27)), duration: .days(4), lift: Estimate(exactly: 2))
    func count(_ from: CivilDate, _ to: CivilDate) -> Int {
      event.occurrences(from: from.midnightUTC, to: to.midnightUTC, zone: .utc).count
    }
    #expect(count(try Self.day(2026, 11, 30), try Self.day(2026, 12, 9)) == 1)
    #expect(count(try Self.day(2026, 12, 1), try Self.day(2026, 12, 9)) == 0)
    #expect(count(try Self.day(2026, 11, 1), try Self.day(2026, 11, 27)) == 0)
  }

  @Test("an occurrence ends where the next one of its rule begins")
  func selfOverlap() throws {
    let event = Event(name: "sale", when: .weekly(.monday), duration: .days(10), lift: Estimate(exactly: 2))
    let start = try Self.day(2026, 1, 5)
    let found = event.occurrences(from: start.midnightUTC, to: (start + 28).midnightUTC, zone: .utc)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.end == $1.start })
    #expect(found.map(\.start) == [0, 7, 14, 21].map { (start + $0).midnightUTC })
  }

  @Test("a local day lasts 23 or 25 hours where the clock changes")
  func changingClock() throws {
    let berlin = try #require(Self.zone("Europe/Berlin"))
    let york = try #require(Self.zone("America/New_York"))
    func hours(_ zone: TimeZoneRules, _ day: CivilDate) -> Double? {
      Event(name: "day", when: .date(day), lift: Estimate(exactly: 1))
        .occurrences(from: (day - 2).midnightUTC, to: (day + 2).midnightUTC, zone: zone)
        .first.map { ($0.end - $0.start).hours }
    }
    #expect(hours(berlin, try Self.day(2026, 3, 29)) == 23)
    #expect(hours(berlin, try Self.day(2026, 10, 25)) == 25)
    #expect(hours(york, try Self.day(2026, 3, 8)) == 23)
    #expect(hours(york, try Self.day(2026, 3, 29)) == 24)
  }

  @Test("profile and forecast keep to the clock on the wall when it changes")
  func forecastOverChange() throws {
    let berlin = try #require(Self.zone("Europe/Berlin"))
    var generator = TraceGenerator.businessExample(start: try Self.day(2026, 1, 5), days: 80)
    generator.zone = berlin
    let forecast = SeasonalBaseline().forecast(
      generator.series(), request: ForecastRequest(horizon: .days(14), zone: berlin))
    // 26 March is before the change, 2 April after it: both Thursdays are busiest at the same local hour.
    for date in [try Self.day(2026, 3, 26), try Self.day(2026, 4, 2)] {
      let first = forecast.mid.index(of: berlin.time(of: date))
      let busiest = (first..<first + 24).max { forecast.mid.rawValues[$0] < forecast.mid.rawValues[$1] }
      let (_, second) = berlin.local(forecast.mid.time(at: try #require(busiest)))
      #expect(second / 3600 == 10)
    }
  }

  @Test("naive local times are read by the clock of their zone, in winter and summer")
  func naiveTimes() throws {
    let berlin = try #require(Self.zone("Europe/Berlin"))
    let text = "time,rps\n" + ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"].map { "\($0),1\n" }.joined()
    let trace = try TraceReader.csv(bytes: Array(text.utf8), options: TraceOptions(zone: berlin))
    #expect(trace.start.iso8601 == "2026-03-27T23:00:00Z")
    #expect(trace.series.step == .days(1) && trace.series.gapCount == 0 && trace.series.count == 4)
  }

  @Test("a shape spreads the lift over the event")
  func shapes() {
    #expect(EventShape.flat.share(at: 5, of: 10) == 1)
    #expect(EventShape.flat.share(at: 10, of: 10) == 0)
    #expect(EventShape.parts([1, 0.5]).share(at: 7, of: 10) == 0.5)
    let ramp = EventShape.ramp(up: .seconds(4), down: .seconds(2))
    #expect([0, 2, 5, 9].map { ramp.share(at: $0, of: 10) } == [0, 0.5, 1, 0.5])
    #expect(EventShape.parts([]).share(at: 1, of: 10) == 1)
    #expect(EventShape.parts([.nan]).share(at: 1, of: 10) == 0)
  }
}
