import Glibc
import Quantities

/// Counts spans of nanoseconds in a histogram whose memory is there before the first one: recording is a shift, a mask
/// and two additions.
///
/// Each power of two is cut into 256 equal cells, as in ``Quantities/Histogram``: quantiles are right to 0.2 %.
struct LatencyRecorder: ~Copyable {
  static let cells = 256
  /// Up to 2^43 ns, two hours and a half; longer ones are counted there.
  private static let octaves = 44
  /// All cells that there are.
  static let places = octaves * cells
  private let counts: UnsafeMutablePointer<UInt64>
  private(set) var count = 0
  private(set) var sum = 0.0
  private(set) var least = Int64.max
  private(set) var most: Int64 = -1

  init() {
    // Zeros that the system has not made yet: a test has a dozen of these, most of them never used, and memory that nobody
    // has touched is none.
    guard let memory = calloc(Self.places, MemoryLayout<UInt64>.stride) else {
      preconditionFailure("no memory for a histogram of \(Self.places) cells")
    }
    counts = memory.bindMemory(to: UInt64.self, capacity: Self.places)
  }
  deinit { free(counts) }

  @inline(__always) mutating func record(_ nanoseconds: Int64) {
    let value = UInt64(max(1, nanoseconds))
    let octave = 63 &- value.leadingZeroBitCount
    let cell = Int((value &<< UInt64(63 &- octave)) &>> 55) & 255
    counts[min(octave, Self.octaves - 1) &* Self.cells &+ cell] &+= 1
    count &+= 1
    sum += Double(value)
    least = min(least, Int64(value))
    most = max(most, Int64(value))
  }

  mutating func reset() {
    if count > 0 { counts.update(repeating: 0, count: Self.places) }
    count = 0
    sum = 0
    least = .max
    most = -1
  }

  /// Nanoseconds at the middle of a cell.
  static func middle(ofCell cell: Int) -> Double {
    Double(UInt64(1) << UInt64(cell / cells)) * (1 + (Double(cell % cells) + 0.5) / Double(cells))
  }

  /// What has been recorded, as a histogram of nanoseconds. Its ends are the middles of their cells.
  func histogram() -> Histogram {
    var result = Histogram(cells: Self.cells)
    guard count > 0 else { return result }
    for i in 0..<Self.places where counts[i] > 0 { result.record(Self.middle(ofCell: i), times: counts[i]) }
    return result
  }

  /// What has been recorded, in coarse cells.
  func coarse() -> LatencyCells {
    var result = LatencyCells()
    guard count > 0 else { return result }
    let width = Self.cells / LatencyCells.perOctave
    for i in 0..<Self.places where counts[i] > 0 {
      result.add(UInt16(i / width), UInt32(truncatingIfNeeded: min(counts[i], UInt64(UInt32.max))))
    }
    return result
  }

  /// The span at rank `ceil(p * count)`; nil where nothing was recorded.
  func quantile(_ p: Double) -> Int64? {
    guard count > 0 else { return nil }
    if p >= 1 { return most }
    let rank = max(1, Int(Statistics.ceilingOfRatio(p * Double(count), 1)))
    var seen = 0
    for i in 0..<Self.places where counts[i] > 0 {
      seen += Int(counts[i])
      if seen >= rank { return min(max(Int64(Self.middle(ofCell: i)), least), most) }
    }
    return most
  }

  /// The mean, smallest and largest exactly, quantiles to 0.2 %.
  func spectrum() -> LatencySpectrum {
    LatencySpectrum(
      count: count, mean: count > 0 ? sum / Double(count) / 1e9 : nil, maximum: count > 0 ? Double(most) / 1e9 : nil,
      minimum: count > 0 ? Double(least) / 1e9 : nil, histogram: histogram())
  }
}
