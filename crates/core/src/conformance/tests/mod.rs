mod broken;
mod memory;
mod printed;
mod saboteur;
