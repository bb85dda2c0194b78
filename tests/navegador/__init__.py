"""A página num navegador de verdade. É um pacote para que o conftest daqui não se confunda com o de cima."""
