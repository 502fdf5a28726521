import Documents
import Quantities

/// The results of other load generators, read as runs of ours, so that they are kept, compared and planned with.
///
/// What a tool does not say is not made up: a run without a time has no window, one without a rate asked for has none.
public struct ForeignResult: Sendable {
  /// A tool whose results are read.
  public struct Tool: Sendable {
    /// As `--from` has it.
    public var name: String
    /// What is read of it.
    public var summary: String
    /// How its file is made.
    public var command: String
    /// Whether the bytes look like its own.
    var recognizes: @Sendable (ForeignFile) -> Bool
    var read: @Sendable (ForeignFile) throws -> [ForeignResult]
  }

  /// Every tool: the only place that lists them.
  public static let tools: [Tool] = [
    K6Results.tool, WrkResults.tool, VegetaResults.tool, GuideLLMResults.tool, VLLMResults.tool, LocustResults.tool,
  ]

  /// What tells several results of one file apart: a strategy, a level.
  public var label: String?
  public var url: String
  public var started: Timestamp?
  public var result: LoadResult

  init(url: String = "", started: Timestamp? = nil, label: String? = nil, _ result: LoadResult) {
    self.url = url
    self.started = started
    self.label = label
    self.result = result
  }

  /// Reads a file.
  /// - Parameter named: the tool's name, or nil to see it from the file.
  /// - Throws: ``LoadTestingError`` where no tool wrote it, or where it holds no result.
  public static func read(_ bytes: [UInt8], file: String, from named: String? = nil) throws -> (
    tool: Tool, results: [ForeignResult]
  ) {
    let content = ForeignFile(bytes, name: file)
    let tool = named.map { name in tools.first { $0.name == name } } ?? tools.first { $0.recognizes(content) }
    guard let tool else {
      throw LoadTestingError(
        .badSettings, "'\(file)' is no result of \(tools.map(\.name).joined(separator: ", "))",
        remedy: "name the tool with --from, or make the file as 'headroom load import --help' says")
    }
    let results = try tool.read(content).filter { $0.result.latency.count > 0 }
    guard !results.isEmpty else {
      throw LoadTestingError(
        .badSettings, "'\(file)' holds no latencies as \(tool.name) writes them", remedy: "make it by: \(tool.command)")
    }
    return (tool, results.map(\.closed))
  }

  /// A number of requests, tokens or bytes; nil for what none can be: below 0, no number, above 10^12 (three requests a
  /// microsecond for four days), so that a million of them still add up.
  static func count(_ value: Double) -> Int? { count(value, most: 1e12) }
  /// The same of a sum that nothing is added to, as the bytes of a whole test.
  static func count(_ value: Double, most: Double) -> Int? { (0...most).contains(value) ? Int(value) : nil }
  /// The same of a word.
  static func count(_ text: some StringProtocol) -> Int? { Double(text).flatMap { count($0) } }
  /// A time that a test or a request can have taken, s; nil for what none can: below 0, no number, above 30 years.
  static func seconds(_ value: Double) -> Double? { (0...1e9).contains(value) ? value : nil }

  /// When a request was sent; nil for what no load test was run at (before 1970, after 2190), so that times can be
  /// taken from each other in 64 bits of nanoseconds.
  static func time(_ value: Timestamp?) -> Timestamp? {
    value.flatMap { (0...7_000_000_000_000_000_000).contains($0.nanosecondsSinceEpoch) ? $0 : nil }
  }

  /// With the figures that follow from the others.
  private var closed: ForeignResult {
    var copy = self
    copy.result.close()
    return copy
  }
}

extension LoadResult {
  fileprivate mutating func close() {
    if sent == 0 { sent = offered }
    if offered == 0 { offered = ok + errors.total + dropped }
    if achievedRate.perSecond == 0, window > .zero { achievedRate = .perSecond(Double(completed) / window.seconds) }
    if dropped > 0, offered > 0, Double(dropped) > Self.tolerableDroppedShare * Double(offered) {
      invalidities.append(
        Invalidity(
          kind: .tooFewConnections, problem: "the tool left out \(dropped) of \(offered) requests that were due",
          remedy: "give it more workers, or a lower rate"))
    }
  }
}

/// A file of another tool.
struct ForeignFile: Sendable {
  let bytes: [UInt8]
  let name: String
  /// The whole of it as one document of JSON; nil where it is none.
  let document: Node?
  /// Its lines, without empty ones.
  var lines: [String] {
    bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).map { String(decoding: $0, as: UTF8.self) }
  }
  var firstLine: String {
    String(decoding: bytes.drop { $0 <= 32 }.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
  }
  /// Its lines of JSON.
  var objects: [Node] {
    bytes.split(separator: 10).compactMap { line in
      line.first { $0 > 32 } == 0x7B ? try? JSON.parse(Array(line), file: name) : nil
    }
  }

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
    // Lines of JSON are no document: the second line is where that is seen.
    document = bytes.first { $0 > 32 } == 0x7B ? try? JSON.parse(bytes, file: name) : nil
  }
}

extension Node {
  /// A value some keys down; nil where one is missing.
  func at(_ keys: String...) -> Node? {
    var node: Node? = self
    for key in keys { node = node?[key] }
    return node
  }
  /// A number of things there; nil where it is none that a test could count: damaged files are not added up past what a
  /// machine counts.
  func count(_ keys: String...) -> Int? {
    var node: Node? = self
    for key in keys { node = node?[key] }
    return node?.number.flatMap(ForeignResult.count)
  }
  /// Seconds there; nil where no test could have taken them.
  func seconds(_ keys: String..., scale: Double = 1) -> Double? {
    var node: Node? = self
    for key in keys { node = node?[key] }
    return node?.number.flatMap { ForeignResult.seconds($0 * scale) }
  }
  /// A finite number there.
  func number(_ keys: String...) -> Double? {
    var node: Node? = self
    for key in keys { node = node?[key] }
    return node?.number.flatMap { $0.isFinite ? $0 : nil }
  }
}

extension LatencySpectrum {
  /// A spectrum of which only some quantiles are known: what lies between two of them is given the higher, so that no
  /// quantile is lower than it was, and those that are known are right.
  /// - Parameters:
  ///   - quantiles: share and seconds.
  ///   - count: how many were measured.
  init?(quantiles: [(share: Double, seconds: Double)], count: Int, mean: Double?, minimum: Double?, maximum: Double?) {
    let known = quantiles.filter { (0...1).contains($0.share) && ForeignResult.seconds($0.seconds) != nil }
      .sorted { ($0.share, $0.seconds) < ($1.share, $1.seconds) }
    guard count > 0, let last = known.last else { return nil }
    var histogram = Histogram(cells: LatencyRecorder.cells)
    var seen = 0
    var highest = 0.0
    for (share, seconds) in known + [(1, maximum ?? last.seconds)] {
      highest = max(highest, seconds)
      // The rank that a quantile is read at: ceil(p * count).
      let rank = min(count, Int((share * Double(count) - 1e-9).rounded(.up)))
      if rank > seen { histogram.record(max(1, highest * 1e9), times: UInt64(rank - seen)) }
      seen = max(seen, rank)
    }
    self.init(
      count: count, mean: mean, maximum: max(maximum ?? 0, highest), minimum: minimum ?? known.first?.seconds,
      histogram: histogram)
  }
}
