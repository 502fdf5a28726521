import Quantities
import Testing

@Suite struct TimestampTests {
  @Test(
    "reads ISO 8601 as machines write it",
    arguments: [
      ("1970-01-01", 0), ("1970-01-01T00:00:00Z", 0), ("2026-11-27T08:00:00Z", 1_795_766_400),
      ("2026-11-27 08:00:00Z", 1_795_766_400), ("2026-11-27t08:00:00z", 1_795_766_400),
      ("2026-11-27T08:00", 1_795_766_400), ("2026-11-27T08", 1_795_766_400), ("20261127T080000Z", 1_795_766_400),
      ("20261127", 1_795_737_600), ("2026-11-27T10:00:00+02:00", 1_795_766_400),
      ("2026-11-27T10:00:00+0200", 1_795_766_400), ("2026-11-27T10:00:00+02", 1_795_766_400),
      ("2026-11-27T02:30:00-05:30", 1_795_766_400), ("2026-11-27T24:00:00Z", 1_795_824_000),
      ("2016-12-31T23:59:60Z", 1_483_228_800), ("1969-12-31T23:59:59Z", -1), ("2024-02-29", 1_709_164_800),
      ("2000-03-01T00:00:00Z", 951_868_800), ("1900-01-01", -2_208_988_800),
    ] as [(String, Double)])
  func reads(_ text: String, _ seconds: Double) throws {
    #expect(try #require(Timestamp(iso8601: text)).secondsSinceEpoch == seconds)
  }

  @Test("keeps fractions to the nanosecond")
  func fractions() throws {
    #expect(try #require(Timestamp(iso8601: "1970-01-01T00:00:01.125Z")).nanosecondsSinceEpoch == 1_125_000_000)
    #expect(try #require(Timestamp(iso8601: "1970-01-01T00:00:00,000000001Z")).nanosecondsSinceEpoch == 1)
    #expect(try #require(Timestamp(iso8601: "1970-01-01T00:00:00.1234567891Z")).nanosecondsSinceEpoch == 123_456_789)
    #expect(try #require(Timestamp(iso8601: "1969-12-31T23:59:59.5Z")).nanosecondsSinceEpoch == -500_000_000)
  }

  @Test(
    "refuses what is not a time",
    arguments: [
      "", "now", "2026", "2026-11", "2026-13-01", "2026-00-10", "2026-04-31", "2023-02-29", "2026-11-27T25:00",
      "2026-11-27T24:00:01", "2026-11-27T08:60", "2026-11-27T08:00:61", "2026-11-27T08:00:00.", "2026-11-27T08:00:00Zx",
      "2026-11-27T", "2026-11-27T8:00", "26-11-27", "2026/11/27", "2026-1127", "202611-27", "2026-11-27T08:00:00+",
      "2026-11-27T08:00:00+02:", "2026-11-27T08:00:00+2", "2026-11-27T08:00:00+19:00", "2026-11-27T08:00:00+02:60",
      "0001-01-01", "9999-12-31", "1795766400", " 2026-11-27", "2026-11-27 ", "２０２６-11-27",
    ])
  func refuses(_ text: String) { #expect(Timestamp(iso8601: text) == nil) }

  @Test("tells the zone as written, so that mixed zones can be noticed")
  func zones() {
    func zone(_ text: String) -> Timestamp.Zone? {
      Array(text.utf8).withUnsafeBufferPointer { Timestamp.parse(iso8601: $0)?.zone }
    }
    #expect(zone("2026-11-27T08:00") == Timestamp.Zone.none)
    #expect(zone("2026-11-27") == Timestamp.Zone.none)
    #expect(zone("2026-11-27T08:00Z") == .utc)
    #expect(zone("2026-11-27T08:00+00:00") == .utc)
    #expect(zone("2026-11-27T08:00+02:00") == .offset(seconds: 7200))
    #expect(zone("2026-11-27T08:00-03:30") == .offset(seconds: -12_600))
  }

  @Test("writes ISO 8601, and reads back what it wrote")
  func roundTrip() throws {
    #expect(Timestamp(secondsSinceEpoch: 1_795_766_400).iso8601 == "2026-11-27T08:00:00Z")
    #expect("\(Timestamp(secondsSinceEpoch: -0.5))" == "1969-12-31T23:59:59Z")
    var stream = RandomStream(seed: 42)
    for _ in 0..<2000 {
      let time = Timestamp(secondsSinceEpoch: stream.uniform(-8e9, 8e9).rounded())
      #expect(Timestamp(iso8601: time.iso8601) == time)
    }
  }

  @Test("seconds clamp to the representable range instead of trapping")
  func clamps() {
    let far = Timestamp(secondsSinceEpoch: 1e300)
    #expect(far == Timestamp(secondsSinceEpoch: .infinity))
    #expect(far > Timestamp(secondsSinceEpoch: 9e9))
    #expect(Timestamp(secondsSinceEpoch: -.infinity) < Timestamp(secondsSinceEpoch: -9e9))
    #expect(Timestamp(secondsSinceEpoch: .nan) < Timestamp(secondsSinceEpoch: -9e9))
    #expect(Timestamp(secondsSinceEpoch: 1.25).nanosecondsSinceEpoch == 1_250_000_000)
    #expect(Timestamp(secondsSinceEpoch: -1.25).nanosecondsSinceEpoch == -1_250_000_000)
  }

  @Test("spans move a time, and stop at the ends of the range")
  func arithmetic() {
    let time = Timestamp(secondsSinceEpoch: 100)
    #expect(time + .seconds(20) == Timestamp(secondsSinceEpoch: 120))
    #expect(time - .milliseconds(500) == Timestamp(secondsSinceEpoch: 99.5))
    #expect((time + .hours(1)) - time == .seconds(3600))
    #expect(time - (time + .hours(1)) == .seconds(-3600))
    #expect((time + .seconds(Int64.max)).nanosecondsSinceEpoch == .max)
    #expect((Timestamp(secondsSinceEpoch: -100) - .seconds(Int64.max)).nanosecondsSinceEpoch == .min)
  }

  @Test("the day and the second of the day, before the epoch too")
  func parts() {
    let before = Timestamp(secondsSinceEpoch: -1).utc
    #expect(before.date.description == "1969-12-31" && before.secondOfDay == 86_399)
    let midnight = Timestamp(secondsSinceEpoch: -86_400).utc
    #expect(midnight.date.description == "1969-12-31" && midnight.secondOfDay == 0)
    let later = Timestamp(secondsSinceEpoch: 1_795_766_399.9).utc
    #expect(later.date.description == "2026-11-27" && later.secondOfDay == 28_799)
  }
}
