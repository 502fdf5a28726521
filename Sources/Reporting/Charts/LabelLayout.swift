/// Places labels so that they cover neither each other nor, where that can be helped, the data.
struct LabelLayout: Sendable {
  enum Anchor: Sendable { case start, middle, end }
  struct Place: Sendable {
    var x: Double
    /// The baseline of the first line.
    var y: Double
    var anchor: Anchor
  }

  private let bounds: Rectangle
  private var taken: [Rectangle] = []
  /// For each drawn line: its lowest and highest point in each pixel column from the left edge of the bounds.
  private var lines: [(low: [Double], high: [Double])] = []
  private let columns: Int
  static let lineHeight = 17.0

  init(bounds: Rectangle) {
    self.bounds = bounds
    columns = max(1, Int(bounds.width) + 1)
  }

  /// Marks a drawn line, so that labels keep off it.
  /// - Parameter runs: its polylines between gaps.
  mutating func avoid(_ runs: [[(x: Double, y: Double)]]) {
    var low = Array(repeating: Double.infinity, count: columns)
    var high = Array(repeating: -Double.infinity, count: columns)
    for points in runs {
      for (i, p) in points.enumerated() {
        let to = i + 1 < points.count ? points[i + 1] : p
        let (a, b) = (p.x <= to.x ? p : to, p.x <= to.x ? to : p)
        let from = max(0, Int(a.x - bounds.x))
        let until = min(columns - 1, Int(b.x - bounds.x))
        guard from <= until else { continue }
        if from == until {
          low[from] = min(low[from], a.y, b.y)
          high[from] = max(high[from], a.y, b.y)
          continue
        }
        for c in from...until {
          let share = b.x > a.x ? min(max((bounds.x + Double(c) - a.x) / (b.x - a.x), 0), 1) : 0
          let y = a.y + (b.y - a.y) * share
          low[c] = min(low[c], y)
          high[c] = max(high[c], y)
        }
      }
    }
    lines.append((low, high))
  }

  /// Keeps a rectangle free of labels.
  mutating func reserve(_ rectangle: Rectangle) { taken.append(rectangle) }

  /// The best of several places, in order of preference, or nil where each would cover another label.
  mutating func place(_ lines: [String], bold: Bool = false, among candidates: [Place]) -> Place? {
    let width = lines.map { TextMetrics.width($0, bold: bold) }.max() ?? 0
    var best: (cost: Double, place: Place, frame: Rectangle)?
    for (rank, candidate) in candidates.enumerated() {
      var place = candidate
      func frame() -> Rectangle {
        let x =
          switch place.anchor {
          case .start: place.x
          case .middle: place.x - width / 2
          case .end: place.x - width
          }
        return Rectangle(x: x, y: place.y - 12, width: width, height: LabelLayout.lineHeight * Double(lines.count))
      }
      // Pushed back inside, sideways.
      var box = frame()
      if box.x < bounds.x { place.x += bounds.x - box.x }
      if box.right > bounds.right { place.x -= box.right - bounds.right }
      box = frame()
      if box.y < bounds.y { place.y += bounds.y - box.y }
      if box.bottom > bounds.bottom { place.y -= box.bottom - bounds.bottom }
      box = frame()
      guard box.x >= bounds.x - 1, taken.allSatisfy({ $0.overlap(box) == 0 }) else { continue }
      let cost = covered(box) + Double(rank) * 6
      if cost < best?.cost ?? .infinity { best = (cost, place, box) }
    }
    guard let best else { return nil }
    taken.append(
      Rectangle(x: best.frame.x - 4, y: best.frame.y, width: best.frame.width + 8, height: best.frame.height))
    return best.place
  }

  /// Pixels of data under a rectangle.
  private func covered(_ box: Rectangle) -> Double {
    let from = max(0, Int(box.x - bounds.x))
    let until = min(columns - 1, Int(box.right - bounds.x))
    guard from <= until else { return 0 }
    var sum = 0.0
    for line in lines {
      for c in from...until where line.low[c] <= line.high[c] {
        // A thin line counts as two pixels.
        sum += max(0, min(box.bottom, line.high[c] + 1) - max(box.y, line.low[c] - 1))
      }
    }
    return sum
  }
}

extension SVG {
  /// Draws a placed label, one line under the other.
  /// - Parameter onWash: whether the label stands on the wash of what has not happened; its halo is of that colour.
  mutating func label(
    _ lines: [String], at place: LabelLayout.Place, class name: String, rest: String = "t", onWash: Bool = false
  ) {
    let halo = onWash ? "h w" : "h"
    let anchor =
      switch place.anchor {
      case .start: ""
      case .middle: " m"
      case .end: " e"
      }
    for (i, text) in lines.enumerated() {
      label(
        text, place.x, place.y + LabelLayout.lineHeight * Double(i), class: "\(halo) \(i == 0 ? name : rest)\(anchor)")
    }
  }
}

/// How wide a text runs at the size of labels, erring on the wide side: the reader's font is not known.
enum TextMetrics {
  /// Pixels at 13 px, after the widths of Verdana's relative DejaVu Sans, the widest of the usual fonts.
  static func width(_ text: some StringProtocol, bold: Bool = false) -> Double {
    var sum = 0.0
    for c in text.unicodeScalars {
      switch c {
      case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "/": sum += 4.4
      case "f", "t", "r", "(", ")", "-", "[", "]": sum += 5.4
      case "m", "w", "M", "W", "%", "@": sum += 11.8
      case "0"..."9", "$": sum += 8.3
      case "A"..."Z": sum += 9
      default: sum += c.value < 128 ? 7.9 : 9.5
      }
    }
    return sum * (bold ? 1.1 : 1)
  }
}
