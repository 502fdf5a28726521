import Quantities

/// A named rule of a policy with the sentence that it says. Rules are constants declared beside their policy:
/// `extension Rule { static let scaleUp = Rule("scale-up", "utilization {measured:%} is above {limit:%}") }`.
///
/// Plain data, so that a decision can be made and copied on every step without counting references; the sentence is
/// put together only where somebody reads it. In a template, `{measured}` and `{limit}` are whole where they are
/// whole and otherwise of three digits, `{measured:3}` is of three digits, `{measured:%}` a share in percent, and
/// `{proposed}` a number of replicas.
@frozen public struct Rule: Hashable, Sendable {
  public let name: StaticString
  public let template: StaticString

  @inlinable public init(_ name: StaticString, _ template: StaticString) {
    self.name = name
    self.template = template
  }

  /// The template with the numbers of a reason; what is no placeholder stays as it is.
  func sentence(_ reason: Reason) -> String {
    let bytes = UnsafeBufferPointer(start: template.utf8Start, count: template.utf8CodeUnitCount)
    var sentence = ""
    var plain = 0
    while let open = bytes[plain...].firstIndex(of: UInt8(ascii: "{")),
      let close = bytes[open...].firstIndex(of: UInt8(ascii: "}"))
    {
      sentence += String(decoding: bytes[plain..<open], as: UTF8.self)
      sentence += Self.value(String(decoding: bytes[(open + 1)..<close], as: UTF8.self), of: reason)
      plain = close + 1
    }
    return sentence + String(decoding: bytes[plain...], as: UTF8.self)
  }

  private static func value(_ placeholder: String, of reason: Reason) -> String {
    switch placeholder {
    case "measured": text(reason.measured)
    case "limit": text(reason.limit)
    case "measured:3": NumberFormat.significant(reason.measured, 3)
    case "limit:3": NumberFormat.significant(reason.limit, 3)
    case "measured:%": Utilization.fraction(reason.measured).formatted()
    case "limit:%": Utilization.fraction(reason.limit).formatted()
    case "proposed": "\(reason.proposed)"
    default: "{\(placeholder)}"
    }
  }

  /// Names are unique: two rules are one where their names are stored at one place or spell the same.
  public static func == (a: Rule, b: Rule) -> Bool {
    a.name.utf8Start == b.name.utf8Start || a.name.description == b.name.description
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(name.description) }
}

/// A number for a sentence: whole where it is whole, else three digits.
func text(_ value: Double) -> String {
  guard value.isFinite else { return "nothing" }
  if value == value.rounded(.towardZero), abs(value) < 1e15 { return "\(Int64(value))" }
  return NumberFormat.significant(value, 3)
}
