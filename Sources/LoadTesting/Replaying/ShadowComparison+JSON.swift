import Documents

extension ShadowComparison {
  /// Writes the comparison with the second service's own figures.
  public func write(to json: inout JSONWriter, url: String, result: LoadResult) {
    json.object { json in
      json.key("url")
      json.string(url)
      for (key, value) in [
        ("compared", compared), ("other_status", otherStatus), ("other_body", otherBody), ("only_first", onlyFirst),
        ("only_second", onlySecond),
      ] {
        json.key(key)
        json.integer(value)
      }
      json.key("same")
      json.bool(isSame)
      json.key("status_pairs")
      json.array { json in
        let order = statusPairs.sorted { ($0.key.first, $0.key.second) < ($1.key.first, $1.key.second) }
        for (pair, count) in order {
          json.object { json in
            json.key("first")
            json.integer(pair.first)
            json.key("second")
            json.integer(pair.second)
            json.key("count")
            json.integer(count)
          }
        }
      }
      json.key("slower_ms")
      json.object { json in
        for (key, value) in [("p50", slowerP50), ("p95", slowerP95), ("p99", slowerP99)] {
          json.key(key)
          json.number(value.map { $0 * 1e3 } ?? .nan)
        }
      }
      json.key("result")
      result.write(to: &json)
    }
  }
}
