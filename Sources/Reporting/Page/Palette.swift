import Glibc

/// The colours of a page in one theme: one for demand, one for capacity, red only for what fails.
///
/// Every colour that carries text or a line has a contrast of at least 4.5 to 1 against paper and wash; a test
/// computes it.
public struct Palette: Sendable, Hashable {
  public let paper: String
  /// The background of what has not happened yet.
  public let wash: String
  public let ink: String
  public let soft: String
  /// Thin rules and the grid: decoration, never meaning.
  public let line: String
  public let demand: String
  /// Capacity that is planned or simulated; capacity that runs today is drawn in ink.
  public let capacity: String
  public let fails: String
  public let warns: String

  public static let light = Palette(
    paper: "#ffffff", wash: "#f4f6f8", ink: "#191d22", soft: "#57606a", line: "#dfe3e8", demand: "#245ba7",
    capacity: "#0a7355", fails: "#b42318", warns: "#8a5300")
  public static let dark = Palette(
    paper: "#101317", wash: "#191d23", ink: "#e9ebee", soft: "#a0a9b4", line: "#2b323a", demand: "#82b1f6",
    capacity: "#4ec59a", fails: "#ff8f82", warns: "#efb24f")

  /// The custom properties of a stylesheet.
  var properties: String {
    "--paper:\(paper);--wash:\(wash);--ink:\(ink);--soft:\(soft);--line:\(line);--demand:\(demand);"
      + "--capacity:\(capacity);--fails:\(fails);--warns:\(warns)"
  }

  /// The colours that carry text or lines, by name.
  var carriers: [(name: String, color: String)] {
    [
      ("ink", ink), ("soft", soft), ("demand", demand), ("capacity", capacity), ("fails", fails), ("warns", warns),
    ]
  }

  /// The contrast of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio"); nil where one is not a colour.
  public static func contrast(_ a: String, _ b: String) -> Double? {
    guard let x = channels(a), let y = channels(b) else { return nil }
    let (high, low) = (max(luminance(x), luminance(y)), min(luminance(x), luminance(y)))
    return (high + 0.05) / (low + 0.05)
  }

  /// A colour laid over another at an opacity, as `fill-opacity` does.
  static func blend(_ top: String, over bottom: String, opacity: Double) -> String? {
    guard let a = channels(top), let b = channels(bottom) else { return nil }
    let mixed = zip(a, b).map { (above: Double, below: Double) -> Int in
      Int(((above * opacity + below * (1 - opacity)) * 255).rounded())
    }
    return "#" + mixed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func channels(_ color: String) -> [Double]? {
    guard color.hasPrefix("#"), color.utf8.count == 7, let number = UInt32(color.dropFirst(), radix: 16) else {
      return nil
    }
    return [number >> 16 & 255, number >> 8 & 255, number & 255].map { Double($0) / 255 }
  }

  /// Relative luminance of sRGB (WCAG 2.2).
  private static func luminance(_ channels: [Double]) -> Double {
    let linear = channels.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
}
