import Documents
import Quantities
import Traffic

extension PrometheusSource {
  /// How many numbers one request for many series asks for: some megabytes of JSON.
  static let numbersPerRequest = 200_000

  /// One series of a query that gives several.
  public struct Named: Sendable {
    /// The values of its labels, in the order of their names: `shop/eu`; all labels where those do not tell it apart.
    public var name: String
    /// The points, or why there are none.
    public var series: Result<PrometheusSeries, ConnectingError>
  }

  /// Asks for every series that the query gives: one request for each part of the range, however many there are.
  ///
  /// - Throws: ``ConnectingError`` where the server does not answer or the query gives nothing at all.
  public func fetchAll(
    using client: HTTPClient, progress: (_ share: Double) -> Void = { _ in }
  ) throws(ConnectingError) -> [Named] {
    let shape = PrometheusReader(source: self)
    var readers: [String: PrometheusReader] = [:]
    var names: [String: String] = [:]
    // A first part that is short says how many series there are.
    var next = max(0, count - 24)..<count
    while !next.isEmpty {
      let response = try client.answer(to: request(for: next))
      for part in try shape.parts(of: response) {
        var reader = readers.removeValue(forKey: part.name) ?? shape
        try reader.take(part.name, samples: part.series, next)
        readers[part.name] = reader
        names[part.name] = part.labels.map(\.value).joined(separator: "/")
      }
      progress(1 - Double(next.lowerBound) / Double(count))
      let width = max(1, min(pointsPerRequest, Self.numbersPerRequest / max(1, readers.count)))
      next = max(0, next.lowerBound - width)..<next.lowerBound
    }
    guard !readers.isEmpty else {
      throw ConnectingError(
        .noData, "the query gives no series: \(query)",
        remedy: "check it in the server's own page; sum by (service) (...) gives one for each service")
    }
    let repeated = Dictionary(grouping: names.values, by: { $0 }).filter { $0.value.count > 1 }
    return readers.keys.sorted().map { labels in
      let short = names[labels] ?? ""
      let series: Result<PrometheusSeries, ConnectingError>
      do throws(ConnectingError) {
        series = .success(try (readers[labels] ?? shape).series())
      } catch {
        series = .failure(error)
      }
      return Named(name: short.isEmpty || repeated[short] != nil ? labels : short, series: series)
    }
  }
}

extension PrometheusQuerySource {
  /// The demand of every series that the query gives.
  func traces(_ options: TraceOptions, _ setting: SourceSetting) throws -> [FleetSeries.One] {
    try setting.access.admit(url)
    let source = try PrometheusSource(url: url, query: query, range: range, step: step, until: setting.now)
    let found = try source.fetchAll(using: HTTPClient(credentials: try credentials(setting))) { setting.progress($0) }
    return found.map { one in
      FleetSeries.One(
        name: one.name,
        trace: Result {
          let series = try one.series.get()
          var options = options
          options.step = options.step ?? series.step
          return try series.trace(options: options)
        })
    }
  }
}
