import Documents

/// The figures of a kept load test that others ask for, whatever kind of test it was: values in place of the keys that
/// its document has. What a document does not say is nil.
///
/// ``LoadRecord`` reads a run whole, histograms and all; this reads any of the documents, older ones too, for what they
/// have in common.
public struct RecordedLoadTest: Sendable, Equatable {
  /// A threshold and whether it was kept.
  public struct Expectation: Sendable, Equatable {
    /// As the user wrote it: `p99 < 200ms`.
    public var text: String?
    public var isMet: Bool
  }

  public var document: LoadDocument
  /// Where the document begins.
  public var location: SourceLocation
  public var url: String?
  /// Whether its own rules hold, or those of the run inside it: no figure of an invalid test counts. Nil where the
  /// document does not say.
  public var isValid: Bool?
  public var isOpenLoop: Bool
  /// What the test had that a checklist asks for: words of ``LoadRecord/Trait``.
  public var covers: Set<String>
  public var expectations: [Expectation]
  /// The objective of a search or a ramp.
  public var objective: String?
  /// Seconds that were measured.
  public var window: Double?
  /// Requests that the schedule offered, and those answered well.
  public var offered: Double?
  public var ok: Double?
  /// Requests a second that were answered.
  public var achievedRate: Double?
  /// The rate that a search found, a second, and its interval.
  public var rate: Double?
  public var low: Double?
  public var high: Double?
  /// Of a sweep, the highest rate that was answered in a valid level.
  public var highestLevel: Double?
  /// Latencies of a run, in seconds.
  public var p50: Double?
  public var p99: Double?
  /// The most requests that were offered in one second.
  public var busiestSecond: Double?

  /// Nil for what is no result of a load test.
  public init?(_ node: Node) {
    guard let document = node[LoadKey.schema]?.string.flatMap({ LoadDocument(schema: $0) }) else { return nil }
    func number(_ node: Node?) -> Double? { node?.number.flatMap { $0.isFinite ? $0 : nil } }
    func seconds(_ name: String) -> Double? { number(node[LoadKey.latency]?[name]).map { $0 / 1e3 } }
    self.document = document
    location = node.location
    url = node[LoadKey.url]?.string.map { Secret.masked(url: $0) }
    isValid = node[LoadKey.valid]?.bool ?? node[LoadKey.load]?[LoadKey.valid]?.bool
    isOpenLoop = node[LoadKey.loop]?.string != "closed"
    covers = Set((node[LoadKey.covers]?.elements ?? []).compactMap(\.string))
    if node[LoadKey.log] != nil { covers.insert(LoadRecord.Trait.data.rawValue) }
    expectations = (node[LoadKey.expectations]?.elements ?? []).map {
      Expectation(text: $0[LoadKey.expect]?.string, isMet: $0[LoadKey.met]?.bool == true)
    }
    objective = node[LoadKey.expect]?.string
    window = number(node[LoadKey.window])
    offered = number(node[LoadKey.offered])
    ok = number(node[LoadKey.ok])
    achievedRate = number(node[LoadKey.achievedRate])
    rate = number(node[LoadKey.rate])
    low = number(node[LoadKey.low])
    high = number(node[LoadKey.high])
    highestLevel = (node[LoadKey.points]?.elements ?? []).filter { $0[LoadKey.valid]?.bool == true }
      .compactMap { number($0[LoadKey.rate]) }.max()
    p50 = seconds("p50")
    p99 = seconds("p99")
    busiestSecond = (node[LoadKey.timeline]?.elements ?? []).compactMap { number($0[LoadKey.offered]) }.max()
  }

  /// The rate that was asked for, a second: what the schedule offered over the time that was measured.
  public var offeredRate: Double? {
    guard let window, let offered, window > 0 else { return nil }
    return offered / window
  }
}
