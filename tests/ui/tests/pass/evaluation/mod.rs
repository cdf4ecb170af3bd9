mod entries;
mod hygiene;
mod shapes;
