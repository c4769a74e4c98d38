/// A table of numbers, stored row by row.
pub struct Matrix {
    rows: usize,
    columns: usize,
    cells: Vec<f64>,
}

impl Matrix {
    pub fn new(rows: usize, columns: usize) -> Self {
        Matrix { rows, columns, cells: vec![0.0; rows * columns] }
    }

    pub fn get(&self, row: usize, column: usize) -> f64 {
        
    }

    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.columns + column] = value;
    }

    /// The same numbers with rows and columns exchanged.
    pub fn transposed(&self) -> Matrix {
        let mut result = Matrix::new(self.columns, self.rows);
        for row in 0..self.rows {
            for column in 0..self.columns {
                
            }
        }
        result
    }
}
