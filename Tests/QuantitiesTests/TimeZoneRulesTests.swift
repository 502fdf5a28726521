import Glibc
import Quantities
import Testing

@Suite struct TimeZoneRulesTests {
  static let folder = "/usr/share/zoneinfo/"

  static func bytes(of zone: String) -> [UInt8]? {
    guard let file = fopen(folder + zone, "rb") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let n = fread(&buffer, 1, buffer.count, file)
    return Array(buffer[..<n])
  }
  static func rules(_ zone: String) throws -> TimeZoneRules {
    let bytes = try #require(Self.bytes(of: zone), "\(zone) is not in \(folder)")
    return try #require(TimeZoneRules(name: zone, tzif: bytes))
  }
  static let isPresent = access(folder + "Europe/Berlin", R_OK) == 0

  /// The last second before a change of the clock and the first after it, by the laws of each place.
  @Test(
    "the clocks change at the second that the law says", .enabled(if: isPresent, "no time zone database"),
    arguments: [
      // The European Union since 1996: last Sundays of March and October, 01:00 UTC.
      ("Europe/Berlin", "2026-03-29T01:00:00Z", 3600, 7200), ("Europe/Berlin", "2026-10-25T01:00:00Z", 7200, 3600),
      ("Europe/Berlin", "1980-04-06T01:00:00Z", 3600, 7200),
      // The United States since 2007: second Sunday of March, first of November, 02:00 local; before, April.
      ("America/New_York", "2026-03-08T07:00:00Z", -18_000, -14_400),
      ("America/New_York", "2026-11-01T06:00:00Z", -14_400, -18_000),
      ("America/New_York", "2006-04-02T07:00:00Z", -18_000, -14_400),
      // New South Wales since 2008: first Sundays of October and April.
      ("Australia/Sydney", "2026-04-04T16:00:00Z", 39_600, 36_000),
      ("Australia/Sydney", "2026-10-03T16:00:00Z", 36_000, 39_600),
      // Past every transition that the file may list: the rule in its footer.
      ("Europe/Berlin", "2150-03-29T01:00:00Z", 3600, 7200),
      ("Australia/Sydney", "2150-04-04T16:00:00Z", 39_600, 36_000),
      ("America/New_York", "2150-11-01T06:00:00Z", -14_400, -18_000),
    ])
  func changes(_ zone: String, _ instant: String, _ before: Int, _ after: Int) throws {
    let rules = try Self.rules(zone)
    let time = try #require(Timestamp(iso8601: instant))
    #expect(rules.offset(at: time - .nanoseconds(1)) == before)
    #expect(rules.offset(at: time) == after)
  }

  @Test(
    "offsets of half an hour, and a summer that is the standard time", .enabled(if: isPresent, "no time zone database"))
  func oddOffsets() throws {
    let kolkata = try Self.rules("Asia/Kolkata")
    for text in ["1990-01-01", "2026-07-01", "2200-01-01"] {
      #expect(kolkata.offset(at: try #require(Timestamp(iso8601: text))) == 19_800)
    }
    // India kept a war-time clock from 1942 to 1945.
    #expect(kolkata.offset(at: try #require(Timestamp(iso8601: "1943-06-01"))) == 23_400)
    // Irish law calls the summer the standard time: a daylight offset that is negative.
    let dublin = try Self.rules("Europe/Dublin")
    #expect(dublin.offset(at: try #require(Timestamp(iso8601: "2100-07-01"))) == 3600)
    #expect(dublin.offset(at: try #require(Timestamp(iso8601: "2100-01-01"))) == 0)
  }

  @Test("the local day and clock", .enabled(if: isPresent, "no time zone database"))
  func localClock() throws {
    let sydney = try Self.rules("Australia/Sydney")
    let local = sydney.local(try #require(Timestamp(iso8601: "2026-12-31T13:30:00Z")))
    #expect(local.date.description == "2027-01-01" && local.secondOfDay == 1800)
  }

  @Test("a clock time that is there once goes back and forth", .enabled(if: isPresent, "no time zone database"))
  func roundTrip() throws {
    var stream = RandomStream(seed: 7)
    for zone in ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "Pacific/Apia"] {
      let rules = try Self.rules(zone)
      for _ in 0..<500 {
        let time = Timestamp(secondsSinceEpoch: stream.uniform(0, 4e9).rounded())
        let local = rules.local(time)
        let back = rules.time(of: local.date, secondOfDay: local.secondOfDay)
        // Where the clock showed it twice, the first is given: an hour earlier at most.
        #expect(back == time || (back < time && time - back <= .hours(1)), "\(zone) \(time)")
      }
    }
  }

  @Test(
    "a time that the clock skips is read on by the length of the gap", .enabled(if: isPresent, "no time zone database"))
  func gaps() throws {
    let berlin = try Self.rules("Europe/Berlin")
    let spring = try #require(CivilDate(year: 2026, month: 3, day: 29))
    #expect(berlin.time(of: spring, secondOfDay: 7199).iso8601 == "2026-03-29T00:59:59Z")
    // 02:00 is 03:00 and 02:30 is 03:30 of summer time.
    #expect(berlin.time(of: spring, secondOfDay: 7200).iso8601 == "2026-03-29T01:00:00Z")
    #expect(berlin.time(of: spring, secondOfDay: 9000).iso8601 == "2026-03-29T01:30:00Z")
    #expect(berlin.time(of: spring, secondOfDay: 10_800).iso8601 == "2026-03-29T01:00:00Z")
    // Samoa went from 29 to 31 December 2011: the 30th is the 31st.
    let apia = try Self.rules("Pacific/Apia")
    let skipped = try #require(CivilDate(year: 2011, month: 12, day: 30))
    #expect(apia.time(of: skipped, secondOfDay: 43_200) == apia.time(of: skipped + 1, secondOfDay: 43_200))
  }

  @Test("a time that the clock shows twice is the first of the two", .enabled(if: isPresent, "no time zone database"))
  func overlaps() throws {
    let berlin = try Self.rules("Europe/Berlin")
    let autumn = try #require(CivilDate(year: 2026, month: 10, day: 25))
    #expect(berlin.time(of: autumn, secondOfDay: 9000).iso8601 == "2026-10-25T00:30:00Z")
    #expect(berlin.time(of: autumn, secondOfDay: 10_800).iso8601 == "2026-10-25T02:00:00Z")
    let york = try Self.rules("America/New_York")
    let fall = try #require(CivilDate(year: 2026, month: 11, day: 1))
    #expect(york.time(of: fall, secondOfDay: 5400).iso8601 == "2026-11-01T05:30:00Z")
  }

  @Test("fixed zones and UTC need no file")
  func fixedZones() {
    let time = Timestamp(secondsSinceEpoch: 0)
    #expect(TimeZoneRules.utc.offset(at: time) == 0)
    let fixed = TimeZoneRules.fixed(name: "+05:45", offset: 20_700)
    #expect(fixed.offset(at: time) == 20_700)
    #expect(fixed.local(time).secondOfDay == 20_700)
    #expect(fixed.time(of: CivilDate(daysSinceEpoch: 0), secondOfDay: 20_700) == time)
  }

  @Test(
    "bytes that are no zone file are nil, cut or scrambled ones never trap",
    .enabled(if: isPresent, "no time zone database"))
  func hostileBytes() throws {
    #expect(TimeZoneRules(name: "x", tzif: []) == nil)
    #expect(TimeZoneRules(name: "x", tzif: Array("TZif2".utf8)) == nil)
    #expect(TimeZoneRules(name: "x", tzif: Array(repeating: 0, count: 200)) == nil)
    let bytes = try #require(Self.bytes(of: "Europe/Berlin"))
    let time = Timestamp(secondsSinceEpoch: 1.8e9)
    for n in 0..<bytes.count { _ = TimeZoneRules(name: "x", tzif: Array(bytes[..<n]))?.offset(at: time) }
    var stream = RandomStream(seed: 3)
    for _ in 0..<3000 {
      var broken = bytes
      for _ in 0..<4 { broken[Int(stream.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: stream.next()) }
      guard let rules = TimeZoneRules(name: "x", tzif: broken) else { continue }
      _ = rules.offset(at: time)
      _ = rules.time(of: CivilDate(daysSinceEpoch: 60_000))
    }
  }
}
