import Quantities
import Testing

@Suite struct QuantityTests {
  @Test("one kind adds, scales and divides to a bare number")
  func arithmetic() {
    let a = RequestRate.perSecond(120)
    let b = RequestRate.perSecond(30)
    #expect(a + b == .perSecond(150))
    #expect(a - b == .perSecond(90))
    #expect(-a == .perSecond(-120))
    #expect(a * 2.5 == .perSecond(300))
    #expect(2.5 * a == .perSecond(300))
    #expect(a / 4 == b)
    #expect(a / b == 4)
    #expect(b < a && a > b && max(a, b) == a)
    var sum = RequestRate.zero
    sum += a
    sum -= b
    #expect(sum == .perSecond(90))
  }

  @Test("a rate is the same however its time is said")
  func ratesOverTimes() {
    #expect(RequestRate.perMinute(7200) == .perSecond(120))
    #expect(RequestRate.perHour(3600) == .perSecond(1))
    #expect(RequestRate.perSecond(5).perSecond == 5)
  }

  @Test("a rate times a span is an amount, of the right kind")
  func ratesBecomeAmounts() {
    let requests: Count = RequestRate.perSecond(100) * .seconds(90)
    #expect(requests == 9000)
    let tokens: Count = TokenRate.perSecond(50) * .minutes(2)
    #expect(tokens == 6000)
    let bytes: Bytes = ByteRate.gigabytesPerSecond(2) * .milliseconds(500)
    #expect(bytes == .gigabytes(1))
    let work: FLOPs = FLOPRate.teraPerSecond(312) * .seconds(2)
    #expect(work == FLOPs(rawValue: 624e12))
    #expect(Count(9000) / .seconds(90) == .perSecond(100))
  }

  @Test("percentages and fractions are one number")
  func percentages() {
    #expect(Utilization.percent(70) == .fraction(0.7))
    #expect(Utilization.fraction(0.5).percent == 50)
    #expect(Fraction.percent(20).rawValue == 0.2)
    #expect(Bytes.gibibytes(1).rawValue == 1_073_741_824)
    #expect(Bytes.gigabytes(3).gigabytes == 3 && Bytes.gibibytes(3).gibibytes == 3)
  }

  @Test("literals make counts and factors")
  func literals() {
    let count: Count = 3
    let factor: Factor = 2.5
    #expect(count == Count(3) && factor.rawValue == 2.5)
  }

  @Test("NaN and infinity are not finite")
  func finiteness() {
    #expect(RequestRate.perSecond(1).isFinite)
    #expect(!RequestRate.perSecond(.nan).isFinite)
    #expect(!RequestRate.perSecond(.infinity).isFinite)
  }

  @Test("spans of time read in every unit, and clamp instead of trapping")
  func durations() {
    #expect(Duration.minutes(1.5) == .seconds(90))
    #expect(Duration.hours(2) == .seconds(7200))
    #expect(Duration.days(1) == .hours(24))
    #expect(Duration.weeks(1).days == 7)
    #expect(Duration.milliseconds(1500).seconds == 1.5)
    #expect(Duration.milliseconds(-1500).nanoseconds == -1_500_000_000)
    #expect(Duration.seconds(10_000_000_000).nanoseconds == .max)
    #expect(Duration.seconds(-10_000_000_000).nanoseconds == .min)
    #expect(Duration.seconds(Int64.max).nanoseconds == .max)
  }
}
