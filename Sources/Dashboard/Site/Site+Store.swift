import Planning
import Quantities
import Reporting
import Storing
import Traffic

extension Site {
  /// The store, read now.
  /// - Throws: 404 where there is none, 503 where it cannot be read.
  func reading<Value>(_ body: (Store) throws(StoringError) -> Value) throws(Problem) -> Value {
    guard let store else {
      throw .notFound("No store is served: start it with --store FILE, where runs and forecasts are kept.")
    }
    do throws(StoringError) {
      return try body(store)
    } catch {
      throw Problem(
        503, "The store cannot be read", "\(error)",
        headers: error.code == .locked ? [Request.Field("Retry-After", "1")] : [])
    }
  }

  /// The load tests that the store keeps, the earliest first.
  func loadHistory() throws(Problem) -> LoadHistory {
    let records = try reading { (store) throws(StoringError) in try store.runs() }
    return LoadHistory(
      records.reversed().compactMap {
        KeptRun(number: $0.id, time: $0.saved, name: $0.plan, result: Array($0.result.utf8))
      })
  }

  /// Kept forecasts beside the traffic that came: that of the service of the same name, or what the store keeps of it.
  func forecastReview() throws(Problem) -> ReviewReport {
    let services = board.services
    let now = settings.clock()
    let review = try reading { (store) throws(StoringError) -> ForecastReview in
      var reviews: [SeriesReview] = []
      var without: [String] = []
      var until: Timestamp?
      let kept = Set(try store.listTraces().map(\.name))
      let names = try store.forecastSeries()
      for name in names.prefix(Self.mostSeries) {
        var trace = services.first { $0.name == name || $0.outcome.plan.name == name }?.outcome.trace
        if let stored = kept.contains(name) ? try store.loadTrace(name).trace() : nil,
          stored.end > trace?.end ?? Timestamp(nanosecondsSinceEpoch: .min)
        {
          trace = stored
        }
        guard let trace else {
          without.append(name)
          continue
        }
        let rows = try store.forecasts(of: name).prefix(Self.mostForecasts)
        let read = rows.map { row in
          KeptForecast(
            number: row.id, series: row.series, made: row.saved, start: row.start, step: row.step, result: row.result)
        }
        reviews.append(
          SeriesReview(
            name, forecasts: read.compactMap { $0 }, history: trace.series, unreadable: read.filter { $0 == nil }.count,
            among: names.count))
        until = max(until ?? trace.end, trace.end)
      }
      return ForecastReview(reviews, until: until ?? now, withoutTraffic: without)
    }
    return ReviewReport(
      review, source: "the traffic that is served", store: "the store",
      provenance: Provenance(version: settings.version, seed: settings.seed))
  }

  /// So many series, and forecasts of each, are read for one page.
  static let mostSeries = 200
  static let mostForecasts = 60
}
