/// Small systems of linear equations, as least squares of a few unknowns make them.
public enum LinearSystem {
  /// Solves `matrix x = right` by elimination with pivots, rows and columns scaled first, since unknowns of a fit differ by
  /// many powers of ten.
  ///
  /// - Parameters:
  ///   - matrix: row by row, as many rows as `right` has values.
  /// - Returns: nil where the system is singular to 14 digits, or holds what is no number.
  public static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    let n = right.count
    precondition(matrix.count == n * n, "a system has as many equations as unknowns")
    var a = matrix
    var b = right
    // Of a normal matrix the roots of the diagonal; of another, of each row's largest.
    let scale = (0..<n).map { i -> Double in
      let own = abs(a[i * n + i])
      let root = (own > 0 ? own : a[(i * n)..<(i * n + n)].map { abs($0) }.max() ?? 1).squareRoot()
      return root > 0 ? root : 1
    }
    for i in 0..<n {
      for j in 0..<n { a[i * n + j] /= scale[i] * scale[j] }
      b[i] /= scale[i]
    }
    for column in 0..<n {
      var pivot = column
      for row in column..<n where abs(a[row * n + column]) > abs(a[pivot * n + column]) { pivot = row }
      guard abs(a[pivot * n + column]) > 1e-14 else { return nil }
      if pivot != column {
        for k in column..<n { a.swapAt(column * n + k, pivot * n + k) }
        b.swapAt(column, pivot)
      }
      for row in (column + 1)..<max(n, column + 1) {
        let factor = a[row * n + column] / a[column * n + column]
        if factor == 0 { continue }
        for k in column..<n { a[row * n + k] -= factor * a[column * n + k] }
        b[row] -= factor * b[column]
      }
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
      for k in (i + 1)..<max(n, i + 1) { b[i] -= a[i * n + k] * b[k] }
      b[i] /= a[i * n + i]
    }
    let solution = zip(b, scale).map { $0 / $1 }
    return solution.allSatisfy(\.isFinite) ? solution : nil
  }
}
