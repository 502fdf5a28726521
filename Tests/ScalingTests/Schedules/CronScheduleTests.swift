import Glibc
import Quantities
import Testing

@testable import Scaling

@Suite struct CronScheduleTests {
  private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }
  private static func zone(_ name: String) -> TimeZoneRules? {
    guard let file = fopen("/usr/share/zoneinfo/\(name)", "rb") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let n = fread(&bytes, 1, bytes.count, file)
    return TimeZoneRules(name: name, tzif: Array(bytes[..<n]))
  }

  @Test(
    "the next time after a moment",
    arguments: [
      ("* * * * *", "2026-03-10T08:00:30Z", "2026-03-10T08:01:00Z"),
      ("0 8 * * *", "2026-03-10T08:00:00Z", "2026-03-11T08:00:00Z"),
      ("30 8 * * 1-5", "2026-03-13T09:00:00Z", "2026-03-16T08:30:00Z"),
      ("*/20 9-10 * * *", "2026-03-10T10:41:00Z", "2026-03-11T09:00:00Z"),
      ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
      ("0 0 1,15 * *", "2026-03-02T00:00:00Z", "2026-03-15T00:00:00Z"),
      ("0 0 13 * 5", "2026-03-10T00:00:00Z", "2026-03-13T00:00:00Z"),
      ("0 0 13 * FRI", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z"),
      ("0 0 * JAN-mar 7", "2026-03-30T00:00:00Z", "2027-01-03T00:00:00Z"),
      ("@yearly", "2026-03-30T00:00:00Z", "2027-01-01T00:00:00Z"),
      ("5/15 * * * *", "2026-03-30T00:06:00Z", "2026-03-30T00:20:00Z"),
    ])
  func next(schedule: String, after: String, expected: String) throws {
    let cron = try #require(CronSchedule(schedule))
    let (from, to) = (try time(after), try time(expected))
    #expect(cron.next(after: from) == to)
  }

  @Test("a time that never comes is none") func never() throws {
    let never = try #require(CronSchedule("0 0 30 2 *"))
    let from = try time("2026-01-01T00:00:00Z")
    #expect(never.next(after: from) == nil)
  }

  @Test(
    "refuses what is no schedule",
    arguments: [
      "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "* * * * 8",
      "1, * * * *", "1e1 * * * *",
    ])
  func refuses(text: String) {
    #expect(CronSchedule(text) == nil)
  }

  @Test(
    "follows the clock on the wall through the changes of spring and autumn", .enabled(if: zone("Europe/Berlin") != nil)
  )
  func daylightSaving() throws {
    let berlin = try #require(Self.zone("Europe/Berlin"))
    let eight = try #require(CronSchedule("0 8 * * *"))
    #expect(try eight.next(after: time("2026-03-28T12:00:00Z"), in: berlin) == time("2026-03-29T06:00:00Z"))
    #expect(try eight.next(after: time("2026-10-24T12:00:00Z"), in: berlin) == time("2026-10-25T07:00:00Z"))
    // 02:30 does not exist on 29 March: the moment the gap is over.
    let gap = try #require(CronSchedule("30 2 * * *"))
    let fired = try #require(gap.next(after: try time("2026-03-28T12:00:00Z"), in: berlin))
    let gapEnds = try time("2026-03-29T01:00:00Z")
    #expect(fired >= gapEnds && fired <= gapEnds + .minutes(30))
  }

  @Test("a window is inside from its start to its end, also over midnight") func window() throws {
    let night = CronWindow(
      start: try #require(CronSchedule("0 22 * * *")), end: try #require(CronSchedule("0 6 * * *")), zone: .utc)
    var inside: [Int] = []
    var window = night
    let midnight = try time("2026-03-10T00:00:00Z")
    for hour in 0..<24 where window.contains(midnight + .hours(Double(hour))) {
      inside.append(hour)
    }
    #expect(inside == [0, 1, 2, 3, 4, 5, 22, 23])
  }
}
