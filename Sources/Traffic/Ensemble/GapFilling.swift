/// Values for steps that have none, so that shapes keep their place.
enum GapFilling {
  /// The series with gaps (anything not finite) filled: short ones by a straight line, long ones from the season
  /// before, else the one after, else the nearest value. Nil where nothing is known.
  ///
  /// - Parameter season: steps a season.
  static func fill(_ values: [Double], season: Int) -> [Double]? {
    guard values.contains(where: { $0.isFinite }) else { return nil }
    guard values.contains(where: { !$0.isFinite }) else { return values }
    var result = values
    var i = 0
    while i < values.count {
      guard !values[i].isFinite else {
        i += 1
        continue
      }
      var end = i
      while end < values.count, !values[end].isFinite { end += 1 }
      fillGap(values, &result, i..<end, max(1, season))
      i = end
    }
    return result
  }

  /// Up to a sixth of a season a line says enough.
  private static func fillGap(_ values: [Double], _ result: inout [Double], _ gap: Range<Int>, _ season: Int) {
    let before: Double? = gap.lowerBound > 0 ? result[gap.lowerBound - 1] : nil
    let after: Double? = gap.upperBound < values.count ? values[gap.upperBound] : nil
    let nearest = before ?? after ?? 0
    let isShort = gap.count <= max(2, season / 6)
    for j in gap {
      if isShort, let before, let after {
        result[j] = before + (after - before) * Double(j - gap.lowerBound + 1) / Double(gap.count + 1)
      } else if j >= season, result[j - season].isFinite {
        result[j] = result[j - season]
      } else {
        // The same place of a later season; a long leading gap is looked through season by season.
        var k = j + season
        while k < values.count, !values[k].isFinite { k += season }
        result[j] = k < values.count ? values[k] : nearest
      }
    }
  }
}
