import Quantities

/// Beyond what a quantity can be for any system of today, by orders of magnitude: what is written so has the wrong unit, and
/// is asked about rather than cut or carried on to infinity.
enum PlausibleRange {
  /// What to write instead; nil where the value is plausible.
  static func doubt<Value>(_ value: Value) -> String? {
    switch value {
    // The largest services of the world answer some hundred million requests a second.
    case let rate as RequestRate:
      outside(rate.perSecond, atMost: 1e12) ? "is the unit right? Write a rate up to 10^12/s, as 120/s or 2.5M/s" : nil
    case let span as Duration:
      outside(abs(span.seconds), atMost: 3.2e10)
        ? "is the unit right? Write a span up to 1,000 years, as 45s or 90d" : nil
    // All of the world's computing costs less than 10^9 dollars an hour.
    case let price as HourlyPrice:
      outside(abs(price.rawValue), atMost: 1e9)
        ? "is the unit right? Write a price up to $1B/h, as $1.006/h" : nil
    // The yearly product of the world is about 10^14 dollars.
    case let money as Money:
      outside(abs(money.dollars), atMost: 1e14) ? "is the unit right? Write an amount up to $100T, as $50k" : nil
    case let share as Fraction:
      outside(abs(share.rawValue), atMost: 1e6) ? "is the sign % missing? Write a share up to 10^6, as 20% or 0.2" : nil
    default: nil
    }
  }

  /// The unit in which a bare number of such a quantity is taken; nil where a number needs none.
  static func unit<Value>(of value: Value) -> (words: String, prefix: String, suffix: String)? {
    let currency = Currency.current
    switch value {
    case is RequestRate: return ("for requests a second", "", "/s")
    case is TokenRate: return ("for tokens a second", "", " tok/s")
    case is HourlyPrice:
      return (
        "for \(currency.title) an hour", currency.isDollars ? "$" : "",
        (currency.isDollars ? "" : " \(currency)") + "/h"
      )
    case is Bytes: return ("for bytes", "", "B")
    default: return nil
    }
  }

  private static func outside(_ value: Double, atMost limit: Double) -> Bool { !(value <= limit) }
}
